import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SUP-04',
  title: 'The artifact is bound to its commit by digest and provenance',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S', 'R'],
  proof: ['artifact'],
  scope: ['component'],
  binds: ['artifact'],
  maxAgeS: 604800,
  params: {},
}
