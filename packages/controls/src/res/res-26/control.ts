import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-26',
  title: 'Stateless: any replica may die without a session lost; replicas add capacity',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
