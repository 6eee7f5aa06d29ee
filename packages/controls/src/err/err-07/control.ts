import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-07',
  title: 'Auth error: the session ends and the user is told',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
