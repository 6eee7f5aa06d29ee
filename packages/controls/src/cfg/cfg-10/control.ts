import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-10',
  title: 'Development mode is off in production: no reload, debug, public source maps, stack traces',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['C'],
  proof: ['boot', 'probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
