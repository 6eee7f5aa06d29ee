import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-27',
  title: 'Fail safe: unknown route, unknown role, authorisation backend down: denied',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
