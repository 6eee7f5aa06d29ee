import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'PRF-07',
  title: 'Cached routes are declared and hit',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
