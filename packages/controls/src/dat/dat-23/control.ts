import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-23',
  title: 'Batch work interrupted half-way is neither lost nor repeated',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: [],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
