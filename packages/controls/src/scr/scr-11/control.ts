import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SCR-11',
  title: 'Least privilege: the service\'s database role can neither change the schema nor read other schemas; third-party roles are on a roster',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['R', 'S'],
  proof: ['data'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
