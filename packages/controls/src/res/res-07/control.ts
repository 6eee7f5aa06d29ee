import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-07',
  title: 'Database killed: recovers by itself, no acknowledged write is lost',
  why: '',
  fix: '',
  gates: ['deploy', 'operate'],
  standards: ['C', 'F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
