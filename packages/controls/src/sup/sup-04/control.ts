import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SUP-04',
  title: 'The artifact is bound to its commit by digest and provenance',
  why: 'In the SolarWinds attack of 2020 the released files were not what the source said. Without provenance nobody can tell which commit an artifact came from.',
  fix: '1. Build only in CI, from a clean checkout of one commit. 2. Let the builder sign SLSA provenance with commit, builder and digest. 3. Deploy by digest, never by tag. 4. Verify signature, builder and commit before the deploy. 5. Refuse an artifact without it.',
  gates: ['deploy'],
  standards: ['S', 'R'],
  proof: ['artifact'],
  scope: ['component'],
  binds: ['tree', 'artifact'],
  maxAgeS: 604800,
  params: {},
}
