import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-17',
  title: 'Launch debts are paid: high items within 7 days of launch, medium within 30, then deploys stop (rollbacks do not)',
  why: '',
  fix: '',
  gates: ['deploy', 'operate'],
  standards: ['C'],
  proof: ['rollout'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
