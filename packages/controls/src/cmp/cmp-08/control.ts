import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CMP-08',
  title: 'Minimisation: no personal field is accepted, stored or returned that no declared purpose reads',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['data', 'probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
