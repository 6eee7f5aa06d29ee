import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SCR-04',
  title: 'How secrets are kept, supplied and rotated is written down and matches the registry',
  why: 'When a secret leaks, minutes count. A team that first has to find out where it lives, who issues it and what breaks on rotation leaves it valid for days.',
  fix: '1. Write for each secret of the registry where it is kept, who issues it, how it reaches the service and the rotation command. 2. Generate the list of names from the registry so that the two cannot drift. 3. Check both directions in CI: no secret without a paragraph, no paragraph without a secret.',
  gates: ['deploy', 'handoff'],
  standards: ['C'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
