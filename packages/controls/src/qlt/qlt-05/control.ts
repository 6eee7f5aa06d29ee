import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'QLT-05',
  title: 'Integration tests touch the critical paths',
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
