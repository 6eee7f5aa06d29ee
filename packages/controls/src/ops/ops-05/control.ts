import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OPS-05',
  title: 'Documents move with the code they describe',
  why: 'Documents that lag behind are worse than none, for people follow them. An operator sets a variable that was renamed and wonders why nothing happens.',
  fix: '1. Extract routes, variables, commands and metrics from the change. 2. Look for each added, renamed or removed one in the documents of the same change. 3. Generate reference pages from the code. 4. Fail the merge where a name appears on one side only.',
  gates: ['code', 'merge', 'deploy'],
  standards: ['S', 'F', 'R'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
