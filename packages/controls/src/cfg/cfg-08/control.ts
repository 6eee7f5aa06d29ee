import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-08',
  title: 'Environments are kept apart: no live keys outside production, no test keys, localhost URLs or debug flags in it; no secret shared by two',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['R'],
  proof: ['repo', 'boot'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
