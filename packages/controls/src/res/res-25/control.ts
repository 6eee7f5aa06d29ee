import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-25',
  title: 'Webhooks missed while down and redelivered late, twice or out of order apply once',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['R'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
