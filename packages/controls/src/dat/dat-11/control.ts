import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-11',
  title: 'Usage is write-once and read aggregated: updates are refused by the database, sums agree',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['data'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
