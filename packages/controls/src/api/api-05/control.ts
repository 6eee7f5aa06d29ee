import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'API-05',
  title: 'No breaking change against the last release',
  why: '',
  fix: '',
  gates: ['merge'],
  standards: [],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
