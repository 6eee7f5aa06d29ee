import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-08',
  title: 'No dead alert: every metric and label a rule names is exposed by the live service',
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
