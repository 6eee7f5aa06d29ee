import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-04',
  title: 'Retries: bounded (3 attempts in all), exponential with jitter between 1 and 10 s, only transient and idempotent, under a retry budget',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['G', 'C', 'F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
