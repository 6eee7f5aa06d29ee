import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-19',
  title: 'An error boundary wraps every route: a throw in each leaves the shell alive',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['drill', 'browser'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
