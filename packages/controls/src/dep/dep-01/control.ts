import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-01',
  title: 'No deploy unless every control of the gate is green for that very artifact; there is no flag, role or setting that lets one through',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['rollout'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
