import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SUP-07',
  title: 'CI steps pinned by digest',
  why: 'A tag can be moved. In March 2025 the tags of `tj-actions/changed-files` were, and secrets of thousands of repositories ran into public build logs.',
  fix: '1. Replace each tag or branch in `uses:` and each image in jobs by its full digest, the version in a comment. 2. Do the same in reusable workflows. 3. Let a bot propose new digests for review. 4. Fail the build on a step without one.',
  gates: ['merge'],
  standards: [],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  objectFact: 'pipeline',
  params: {},
}
