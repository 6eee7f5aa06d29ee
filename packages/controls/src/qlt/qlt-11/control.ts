import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'QLT-11',
  title: 'Logging goes through the logger',
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
