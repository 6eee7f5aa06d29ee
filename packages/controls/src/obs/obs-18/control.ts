import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-18',
  title: 'Given a correlation id, one command finds its logs, trace and error',
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
