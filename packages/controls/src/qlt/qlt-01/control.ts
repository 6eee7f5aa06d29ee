import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'QLT-01',
  title: 'No lint error, one code style',
  why: '',
  fix: '',
  gates: ['code', 'merge', 'deploy'],
  standards: ['S', 'F', 'C', 'R'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
