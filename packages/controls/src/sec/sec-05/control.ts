import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-05',
  title: 'Rate limits can\'t be dodged by forged forwarding headers',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: [],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
