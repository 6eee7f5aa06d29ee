import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-18',
  title: 'Every composed service, backing ones included, has a health check that works',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['C'],
  proof: ['repo', 'drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
