import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SCR-10',
  title: 'CI holds no long-lived cloud keys (short-lived identity tokens only)',
  why: '',
  fix: '',
  gates: ['merge'],
  standards: ['R'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
