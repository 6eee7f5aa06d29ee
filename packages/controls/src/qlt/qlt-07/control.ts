import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'QLT-07',
  title: 'Front-end tests are tests, not stubs',
  why: '',
  fix: '',
  gates: ['code'],
  standards: ['C', 'R'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
