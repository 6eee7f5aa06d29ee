import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-13',
  title: 'Plan, subscription, invoice: the flow\'s invariants hold',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
