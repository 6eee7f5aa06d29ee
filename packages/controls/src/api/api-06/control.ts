import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'API-06',
  title: 'The smoke collection passes (Postman format)',
  why: '',
  fix: '',
  gates: ['deploy', 'watch'],
  standards: ['R'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
