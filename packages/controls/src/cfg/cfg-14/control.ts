import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-14',
  title: 'Every backing service is reachable, of a supported version, over TLS where it leaves the host',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['R'],
  proof: ['boot', 'probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
