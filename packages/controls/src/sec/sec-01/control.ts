import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-01',
  title: 'CORS allow-list from configuration; nothing else is reflected',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['C'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
