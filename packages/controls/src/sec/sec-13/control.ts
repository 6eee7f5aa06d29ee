import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-13',
  title: 'Audit log: every sensitive action, tamper evident',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
