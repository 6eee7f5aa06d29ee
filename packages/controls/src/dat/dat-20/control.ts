import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-20',
  title: 'Repeated requests with one idempotency key do one thing',
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
