import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-15',
  title: 'Old and new version work side by side on the same data and messages',
  why: '',
  fix: '',
  gates: ['rollout'],
  standards: [],
  proof: ['rollout'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
