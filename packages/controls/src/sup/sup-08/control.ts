import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SUP-08',
  title: 'The build succeeds from a clean checkout, and is the same twice',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['C'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
