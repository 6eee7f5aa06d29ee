import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-22',
  title: 'Seed, reset and other destructive tools refuse a production database',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: [],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
