import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'API-04',
  title: 'Consumer contracts (Pact) hold',
  why: '',
  fix: '',
  gates: ['merge', 'deploy'],
  standards: ['C'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
