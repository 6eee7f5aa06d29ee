import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-06',
  title: 'Sign-in: limited and locked out after repeated failures, without telling who exists',
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
