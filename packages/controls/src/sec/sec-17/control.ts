import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-17',
  title: 'Every input is validated: requests generated from the API description never give a 5xx',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
