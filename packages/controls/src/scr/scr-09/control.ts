import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SCR-09',
  title: 'Webhook secret rotation with both secrets valid in the overlap',
  why: '',
  fix: '',
  gates: ['operate'],
  standards: ['R'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
