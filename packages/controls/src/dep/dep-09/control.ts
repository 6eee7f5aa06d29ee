import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-09',
  title: 'Status page updated and stakeholders told',
  why: '',
  fix: '',
  gates: ['watch'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
