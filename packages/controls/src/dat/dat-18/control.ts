import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-18',
  title: 'Retention: what is past its time is gone',
  why: '',
  fix: '',
  gates: ['operate'],
  standards: ['F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
