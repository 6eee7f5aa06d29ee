import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-18',
  title: 'Request size limits',
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
