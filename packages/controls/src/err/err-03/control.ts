import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-03',
  title: 'Retry-After on retriable errors, and on those alone, with the registry\'s value',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['C'],
  proof: ['probe', 'drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
