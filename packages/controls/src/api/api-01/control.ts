import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'API-01',
  title: 'An OpenAPI document is served and valid, and covers every route there is',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
