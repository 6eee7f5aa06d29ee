import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-23',
  title: 'An optional dependency never blocks a start or a request; a required one that is missing gives an orderly non-zero exit or a not-ready instance',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: [],
  proof: ['boot', 'drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
