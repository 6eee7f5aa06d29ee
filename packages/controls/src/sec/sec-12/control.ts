import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-12',
  title: 'API keys: scoped, hashed at rest, revocable',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['F'],
  proof: ['probe', 'data'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
