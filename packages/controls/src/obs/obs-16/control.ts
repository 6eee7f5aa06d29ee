import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-16',
  title: 'Deployment done, new kind of error, traffic milestone are announced',
  why: '',
  fix: '',
  gates: ['watch'],
  standards: ['F'],
  proof: ['telemetry'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
