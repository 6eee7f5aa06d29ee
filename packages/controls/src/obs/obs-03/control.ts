import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-03',
  title: 'Metrics on every service: rate, errors, duration under the standard names, cpu and memory',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['C', 'F', 'S'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
