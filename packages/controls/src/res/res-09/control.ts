import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-09',
  title: 'CPU spike: health answers, recovers',
  why: '',
  fix: '',
  gates: ['operate'],
  standards: ['C'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
