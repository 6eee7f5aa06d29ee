import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-08',
  title: 'Multi-factor sign-in works and can\'t be skipped',
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
