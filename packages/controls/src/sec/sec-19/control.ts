import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-19',
  title: 'Upload limits: kind by content, size, file name',
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
