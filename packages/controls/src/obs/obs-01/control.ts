import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-01',
  title: 'Structured JSON logs on stdout with event, level, time, service, correlation id, duration, actor',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['C', 'S', 'F'],
  proof: ['telemetry'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
