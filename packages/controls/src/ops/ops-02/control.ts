import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OPS-02',
  title: 'Incident response plan, practised',
  why: '',
  fix: '',
  gates: ['deploy', 'operate'],
  standards: ['F', 'R'],
  proof: ['drill', 'record'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
