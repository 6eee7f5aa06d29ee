import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-10',
  title: 'Graceful stop: SIGTERM under load fails no request',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
