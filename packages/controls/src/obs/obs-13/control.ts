import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-13',
  title: 'Health says the process lives even with a dependency down; ready says it can serve; both under 1 s',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['R', 'C', 'F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
