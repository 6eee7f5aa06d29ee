import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-11',
  title: 'An unexpected error alerts on-call, answers a safe default and releases what it held',
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
