import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OPS-01',
  title: 'A runbook for every alert and failure mode, whose commands run',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['F', 'R'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
