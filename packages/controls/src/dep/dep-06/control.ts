import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-06',
  title: 'No failed request during a rollout',
  why: '',
  fix: '',
  gates: ['rollout'],
  standards: ['F'],
  proof: ['rollout'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
