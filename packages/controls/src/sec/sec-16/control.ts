import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-16',
  title: 'CSRF',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['probe', 'browser'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
