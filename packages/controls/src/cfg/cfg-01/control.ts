import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-01',
  title: 'Environment lock: the process refuses to start when the declared environment, the env file\'s own environment and the runtime it was installed into (virtualenv name, production install) disagree',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['boot'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
