import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-26',
  title: 'Tokens: none-algorithm, wrong key, wrong audience, expired, all refused',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: [],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
