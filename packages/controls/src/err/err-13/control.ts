import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-13',
  title: 'Error tracking receives the event, with its correlation id, within a minute',
  why: '',
  fix: '',
  gates: ['deploy', 'watch'],
  standards: ['F', 'R'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
