import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-17',
  title: 'Browser and mobile crashes are reported',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['R', 'F'],
  proof: ['drill', 'browser'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
