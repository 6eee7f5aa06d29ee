import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-16',
  title: 'A bad reload keeps the last good configuration',
  why: '',
  fix: '',
  gates: ['operate'],
  standards: [],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
