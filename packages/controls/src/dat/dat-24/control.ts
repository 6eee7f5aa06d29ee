import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-24',
  title: 'Payments: declined with its reason; provider lost after the charge: pending, retried, charged once',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
