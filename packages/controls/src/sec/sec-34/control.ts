import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-34',
  title: 'No default account, open admin or example secret works',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: [],
  proof: ['probe', 'boot'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
