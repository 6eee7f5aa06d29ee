import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'PRF-04',
  title: 'Memory under 512 MB at load, and no upward slope',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
