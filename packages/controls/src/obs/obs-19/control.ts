import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-19',
  title: 'Missing data alerts (dead man), and so does a surge of 4xx and 429',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: [],
  proof: ['telemetry'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
