import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CMP-03',
  title: 'Deletion on request: afterwards the person is nowhere',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
