import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-20',
  title: 'Slow clients and timeout order: header and request time limits are on; the server\'s keep-alive outlives its proxy\'s, a child\'s timeout is shorter than its caller\'s',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: [],
  proof: ['probe', 'boot'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
