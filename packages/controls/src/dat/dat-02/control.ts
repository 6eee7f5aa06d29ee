import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-02',
  title: 'Migrations succeed on a copy with data',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
