import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-07',
  title: 'Values are parsed and range-checked at start, not at first use',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['G', 'F'],
  proof: ['boot'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
