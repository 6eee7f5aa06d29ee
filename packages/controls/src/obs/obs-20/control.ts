import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-20',
  title: 'Metrics, profiling and debug endpoints are not public',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: [],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
