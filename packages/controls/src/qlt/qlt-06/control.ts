import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'QLT-06',
  title: 'End-to-end tests cover the user flows',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['F', 'R'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
