import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OPS-05',
  title: 'Documents move with the code they describe',
  why: '',
  fix: '',
  gates: ['code', 'merge', 'deploy'],
  standards: ['S', 'F', 'R'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
