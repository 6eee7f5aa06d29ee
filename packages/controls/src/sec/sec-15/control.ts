import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-15',
  title: 'Cross-site scripting, stored and reflected',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['browser'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
