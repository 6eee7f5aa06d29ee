import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-14',
  title: 'SQL injection',
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
