import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-14',
  title: 'Queries are indexed',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['data'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
