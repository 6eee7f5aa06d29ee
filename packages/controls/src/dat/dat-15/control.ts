import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-15',
  title: 'No N+1: statements per request don\'t grow with the rows',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
