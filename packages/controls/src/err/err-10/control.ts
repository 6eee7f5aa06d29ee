import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-10',
  title: 'One error is one log record, in the service and in the browser',
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
