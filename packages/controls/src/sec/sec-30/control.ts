import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-30',
  title: 'Addresses given by users can\'t reach the inside (SSRF)',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: [],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
