import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-16',
  title: 'Replicas, disruption budget, resource limits, start-up probe and grace period are declared and agree with the service\'s own timings',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: [],
  proof: ['repo', 'boot'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
