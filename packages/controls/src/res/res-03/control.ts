import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-03',
  title: 'Every outbound call has connect, read, write and pool timeouts (defaults 5, 30, 10, 5 s; third parties 3.5 s)',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['C', 'R'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
