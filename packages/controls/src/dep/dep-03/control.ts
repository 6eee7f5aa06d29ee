import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-03',
  title: 'Canary 5, 25, 100 %',
  why: '',
  fix: '',
  gates: ['rollout'],
  standards: ['S', 'F'],
  proof: ['rollout'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
