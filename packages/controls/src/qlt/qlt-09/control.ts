import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'QLT-09',
  title: 'Test-driven: the change\'s tests fail on the code before it',
  why: '',
  fix: '',
  gates: ['code', 'merge'],
  standards: ['S'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
