import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-29',
  title: 'Webhooks: bad signature, old timestamp and replay are refused; a redelivery does nothing twice',
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
