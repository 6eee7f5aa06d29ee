import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-04',
  title: 'Business metrics: user actions, transactions, success and failure, active users, revenue, conversion where the product has them',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['telemetry'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
