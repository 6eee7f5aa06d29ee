import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-12',
  title: 'Each environment names its purpose, host, secrets source and owner, and owners exist',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['R'],
  proof: ['repo', 'record'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
