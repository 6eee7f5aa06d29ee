import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-05',
  title: 'Rollback tested, under 5 minutes, code and, where the release changed data, database snapshot',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S', 'F', 'R'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
