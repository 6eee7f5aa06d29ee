import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-04',
  title: 'No internals leak: stacks, SQL, paths, versions',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['F'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
