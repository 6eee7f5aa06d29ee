import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SUP-01',
  title: 'Dependencies pinned with hashes, every ecosystem in the tree',
  why: 'Without a lock that holds a hash of every package, two builds of one commit can hold different code, and a package that was replaced at its source (event-stream, ua-parser-js) arrives unnoticed.',
  fix: 'Commit the lock of your package manager beside each manifest and write it again after every change: `npm install`, `pnpm install`, `yarn`, `uv lock`, or `pip-compile --generate-hashes`. Replace dependencies on git, URLs or files by published, hashed ones.',
  gates: ['merge'],
  standards: ['C'],
  proof: ['repo'],
  scope: ['system'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
