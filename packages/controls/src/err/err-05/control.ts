import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-05',
  title: 'Config error: crash at start, once',
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
