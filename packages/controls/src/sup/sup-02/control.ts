import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SUP-02',
  title: 'Builds install from the lock alone',
  why: '',
  fix: '',
  gates: ['merge'],
  standards: ['C'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
