import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-15',
  title: 'Cache hit rate above 80 % on cached routes',
  why: '',
  fix: '',
  gates: ['watch'],
  standards: ['R'],
  proof: ['telemetry'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
