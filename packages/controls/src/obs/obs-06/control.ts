import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-06',
  title: 'One request is one connected trace through database and upstreams',
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
