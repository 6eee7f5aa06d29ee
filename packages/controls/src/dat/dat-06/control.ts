import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-06',
  title: 'Restore tested, into a clean target',
  why: '',
  fix: '',
  gates: ['deploy', 'operate'],
  standards: ['G', 'C', 'F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
