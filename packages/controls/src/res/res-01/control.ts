import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-01',
  title: 'Breaker: opens after more than 3 consecutive failures (the 4th), or its declared threshold, half-opens with one trial, closes on success',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['G', 'C'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
