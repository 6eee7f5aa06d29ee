import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-33',
  title: 'Personal answers are never publicly cacheable, and cache keys hold the tenant',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: [],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
