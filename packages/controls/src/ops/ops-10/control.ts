import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OPS-10',
  title: 'Each incident has a written cause and mitigation',
  why: '',
  fix: '',
  gates: ['operate'],
  standards: ['R'],
  proof: ['record'],
  scope: ['team'],
  binds: ['environment'],
  maxAgeS: 2592000,
  params: {},
}
