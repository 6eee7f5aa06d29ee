import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-28',
  title: 'Internal routes are not public',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['R'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
