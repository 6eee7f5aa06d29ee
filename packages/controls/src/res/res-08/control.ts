import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-08',
  title: 'Slow network: stays within its latency budget or degrades',
  why: '',
  fix: '',
  gates: ['deploy', 'operate'],
  standards: ['C'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
