import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SCR-04',
  title: 'How secrets are kept, supplied and rotated is written down and matches the registry',
  why: '',
  fix: '',
  gates: ['deploy', 'handoff'],
  standards: ['C'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
