import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-22',
  title: 'Logs reach the aggregator and survive the instance',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['R'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
