import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-12',
  title: 'The same digest passed staging, with its end-to-end tests',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['F', 'R'],
  proof: ['artifact'],
  scope: ['component'],
  binds: ['artifact'],
  maxAgeS: 604800,
  params: {},
}
