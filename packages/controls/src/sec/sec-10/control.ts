import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-10',
  title: 'Roles: every role against every route, allowed and refused as declared',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
