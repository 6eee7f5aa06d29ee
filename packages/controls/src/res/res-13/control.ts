import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-13',
  title: 'Third party down: answers say `isFallback: true`',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['R'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
