import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-31',
  title: 'Fields a caller may not set are refused (mass assignment)',
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
