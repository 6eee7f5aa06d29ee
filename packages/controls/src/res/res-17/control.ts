import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-17',
  title: 'Clock skew of 5 minutes is survived',
  why: '',
  fix: '',
  gates: ['operate'],
  standards: [],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
