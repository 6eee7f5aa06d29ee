import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-21',
  title: 'Concurrent changes lose no update',
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
