import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SUP-03',
  title: 'CycloneDX or SPDX SBOM: valid, complete against the lock',
  why: 'When the next Log4Shell is announced, a team with a complete list knows in a minute whether it is hit. The others spent December 2021 searching servers.',
  fix: "1. Generate CycloneDX or SPDX in the build, from the lockfile and from the image's own packages. 2. Validate it against its schema. 3. Compare it with the lock in both directions. 4. Attach it to the artifact by digest. 5. Keep it for as long as that release may run.",
  gates: ['deploy'],
  standards: ['C'],
  proof: ['artifact'],
  scope: ['component'],
  binds: ['tree', 'artifact'],
  maxAgeS: 604800,
  params: {},
}
