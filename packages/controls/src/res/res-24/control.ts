import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-24',
  title: 'Many clients or jobs reconnecting or firing at once are spread by jitter',
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
