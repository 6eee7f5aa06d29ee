import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CMP-04',
  title: 'Audit trail of access to personal and payment data',
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
