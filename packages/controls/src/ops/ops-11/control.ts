import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OPS-11',
  title: 'Alerting reaches a person: a test page is delivered on every declared channel (chat and phone)',
  why: '',
  fix: '',
  gates: ['operate'],
  standards: ['R'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
