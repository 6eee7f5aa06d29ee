import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-03',
  title: 'Backward compatible: the previous release works on the new schema',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
