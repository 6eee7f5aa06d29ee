import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'PRF-08',
  title: 'Starts and is ready within its budget; the whole stack healthy within 30 s',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['C'],
  proof: ['boot'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
