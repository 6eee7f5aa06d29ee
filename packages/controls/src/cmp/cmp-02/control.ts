import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CMP-02',
  title: 'Consent is recorded and can be withdrawn',
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
