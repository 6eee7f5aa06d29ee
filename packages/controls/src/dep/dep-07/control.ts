import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-07',
  title: 'The previous release is kept and deployable',
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
