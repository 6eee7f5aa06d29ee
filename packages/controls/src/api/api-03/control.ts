import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'API-03',
  title: 'Live answers conform to it',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
