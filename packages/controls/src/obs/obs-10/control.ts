import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-10',
  title: 'Dashboards exist and every panel\'s query returns data',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['C', 'F'],
  proof: ['telemetry'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
