import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-23',
  title: 'Each failure mode in the architecture document raises its own alert',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
