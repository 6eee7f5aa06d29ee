import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'QLT-12',
  title: 'Testable code: nothing touches network or files when imported; functions are of bounded complexity',
  why: '',
  fix: '',
  gates: ['merge'],
  standards: ['F'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
