import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-05',
  title: 'Queue depth, cache hits and misses, pool use',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['telemetry'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
