import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-04',
  title: 'Rate limits hold (default 100/min, per-route overrides), answer 429 with Retry-After and RateLimit headers, across replicas',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['C', 'G', 'S', 'F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
