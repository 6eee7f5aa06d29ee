import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-17',
  title: 'Every API and event schema carries a version',
  why: '',
  fix: '',
  gates: ['merge'],
  standards: ['C'],
  proof: ['repo', 'probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
