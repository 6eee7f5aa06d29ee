import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CMP-01',
  title: 'Data inventory: every personal column has purpose, basis and retention, and none is unlisted',
  why: '',
  fix: '',
  gates: ['merge'],
  standards: ['S', 'F'],
  proof: ['data'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
