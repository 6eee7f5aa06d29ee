import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-36',
  title: 'Defence in depth: inner services authenticate, authorise and validate when the gateway is bypassed',
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
