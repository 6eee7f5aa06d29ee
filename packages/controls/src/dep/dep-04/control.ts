import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-04',
  title: 'An error spike or slow-down rolls back by itself',
  why: '',
  fix: '',
  gates: ['rollout'],
  standards: ['S', 'F'],
  proof: ['rollout'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
