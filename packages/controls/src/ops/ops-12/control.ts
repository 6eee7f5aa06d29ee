import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OPS-12',
  title: 'The work item holds the decisions, test cycles and outcome; the deployment\'s result is written back to it',
  why: '',
  fix: '',
  gates: ['deploy', 'watch'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
