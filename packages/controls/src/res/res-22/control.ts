import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-22',
  title: 'A dependency that comes back at another address is found again (names are re-resolved)',
  why: '',
  fix: '',
  gates: ['operate'],
  standards: [],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
