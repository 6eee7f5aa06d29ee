import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-11',
  title: 'One command sets a clean clone up and the tests pass',
  why: '',
  fix: '',
  gates: ['code', 'handoff'],
  standards: ['R', 'F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
