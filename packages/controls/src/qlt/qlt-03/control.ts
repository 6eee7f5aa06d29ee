import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'QLT-03',
  title: 'Tests pass, and tests were in fact run',
  why: '',
  fix: '',
  gates: ['code', 'merge', 'deploy'],
  standards: ['S', 'F', 'G', 'C', 'R'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
