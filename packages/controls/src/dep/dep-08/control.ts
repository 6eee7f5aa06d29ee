import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-08',
  title: 'Post-deploy watch of 30 minutes: errors, latency, new kinds of error, functions',
  why: '',
  fix: '',
  gates: ['watch'],
  standards: ['S', 'F', 'R'],
  proof: ['rollout'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
