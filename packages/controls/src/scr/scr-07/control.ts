import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SCR-07',
  title: 'Root (founder) key rotation: the old key is refused at once',
  why: '',
  fix: '',
  gates: ['deploy', 'operate'],
  standards: ['G'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
