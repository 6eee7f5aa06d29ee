import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-06',
  title: 'Network error: cached or last-known answer, marked as such',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['G', 'R'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
