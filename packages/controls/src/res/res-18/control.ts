import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-18',
  title: 'Interface with its API down: a settled degraded state within 5 s, a bounded number of requests, no spinner loop',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['drill', 'browser'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
