import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-02',
  title: 'Blue-green switch',
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
