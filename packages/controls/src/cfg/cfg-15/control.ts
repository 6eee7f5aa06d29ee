import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-15',
  title: 'A bad configuration push is caught before it reaches the whole fleet',
  why: '',
  fix: '',
  gates: ['rollout'],
  standards: [],
  proof: ['rollout'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
