import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-14',
  title: 'Push: a first try and at most 3 backed-off retries, then the token expires; duplicate errors disable a token',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['R'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
