import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-04',
  title: 'No migration holds a blocking lock for longer than its budget under load',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: [],
  proof: ['repo', 'drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
