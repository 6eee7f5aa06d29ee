import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SCR-01',
  title: 'No secret in the tree or its history',
  why: '',
  fix: '',
  gates: ['merge'],
  standards: ['C', 'F', 'R'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
