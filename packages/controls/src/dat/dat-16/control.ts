import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-16',
  title: 'Database statements under 100 ms (p95 and, under the quality-gates standard, the slowest at expected load)',
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
