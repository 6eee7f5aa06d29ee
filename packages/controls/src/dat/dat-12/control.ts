import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-12',
  title: 'No user without an organisation',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['data'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
