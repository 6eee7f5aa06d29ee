import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-11',
  title: 'Ownership: one tenant can\'t read or change another\'s objects',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['F'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
