import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SCR-08',
  title: 'A malformed third-party credential stops the start',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['R'],
  proof: ['boot'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
