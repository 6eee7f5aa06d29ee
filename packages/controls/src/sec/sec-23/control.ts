import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-23',
  title: 'No known high or critical vulnerability in dependencies or image; none new against the base',
  why: 'Equifax lost the data of 147 million people in 2017 to a flaw in Struts that had a fix for two months. A scanner whose database is stale reports no findings too.',
  fix: '1. Scan the lockfile and the image of this very digest with a fresh database. 2. Update what has a fix. 3. Remove what is not used. 4. For the rest sign a VEX statement with a reason for at most 90 days. 5. Plant a package known to be vulnerable and see it found.',
  gates: ['merge', 'deploy'],
  standards: ['C', 'S', 'F'],
  proof: ['artifact'],
  scope: ['component'],
  binds: ['tree', 'artifact'],
  maxAgeS: 604800,
  params: {},
}
