import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-01',
  title: 'Migrations run at deploy, on by default, once',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['C', 'F', 'R'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
