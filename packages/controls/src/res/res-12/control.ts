import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-12',
  title: 'Cache lost: right answers, deterministic rebuild, no stampede',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['R'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
