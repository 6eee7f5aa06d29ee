import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-21',
  title: 'Personal fields are encrypted in the column',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
