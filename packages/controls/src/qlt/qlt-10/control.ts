import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'QLT-10',
  title: 'Public functions are documented: arguments, result, errors',
  why: '',
  fix: '',
  gates: ['merge'],
  standards: ['S'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
