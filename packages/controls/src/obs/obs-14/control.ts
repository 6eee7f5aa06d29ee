import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-14',
  title: 'Metric cardinality is bounded',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: [],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
