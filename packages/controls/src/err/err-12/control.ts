import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-12',
  title: 'No swallowed errors in the code',
  why: '',
  fix: '',
  gates: ['merge'],
  standards: ['S', 'F'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
