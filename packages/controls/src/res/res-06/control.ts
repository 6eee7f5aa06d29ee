import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-06',
  title: 'Overload: sheds with 503 and Retry-After, admitted requests keep their latency',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['F', 'C'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
