import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-11',
  title: 'Crash: after SIGKILL acknowledged writes are there and it is ready again in time',
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
