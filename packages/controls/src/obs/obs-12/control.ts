import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-12',
  title: 'Synthetic checks run on the critical paths',
  why: '',
  fix: '',
  gates: ['operate'],
  standards: ['C'],
  proof: ['telemetry'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
