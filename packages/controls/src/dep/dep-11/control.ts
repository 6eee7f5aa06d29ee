import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-11',
  title: 'Health and ready are verified on each instance before it takes traffic',
  why: '',
  fix: '',
  gates: ['rollout'],
  standards: ['R', 'S'],
  proof: ['rollout'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
