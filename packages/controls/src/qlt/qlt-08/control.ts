import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'QLT-08',
  title: 'The change was reviewed, its documents and environment-variable differences with it',
  why: '',
  fix: '',
  gates: ['merge'],
  standards: ['F', 'R'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
