import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-08',
  title: 'No orphan records: declared and inferred references',
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
