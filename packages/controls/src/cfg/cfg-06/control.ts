import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-06',
  title: 'The example env file holds every required variable with a description and no real value',
  why: '',
  fix: '',
  gates: ['merge', 'handoff'],
  standards: ['R'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
