import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'API-02',
  title: 'Each operation has examples, error cases, auth and rate limits',
  why: '',
  fix: '',
  gates: ['merge'],
  standards: ['S'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
