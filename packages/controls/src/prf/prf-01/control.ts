import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'PRF-01',
  title: 'API p95 under 200 ms at expected load, measured without coordinated omission',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
