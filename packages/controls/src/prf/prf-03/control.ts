import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'PRF-03',
  title: 'First load of a page under 3 s on a throttled link',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['browser'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
