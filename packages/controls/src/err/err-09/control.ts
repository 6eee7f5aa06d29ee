import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-09',
  title: 'Database timeout: breaker opens, callers get a fast 503',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
