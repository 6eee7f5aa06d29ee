import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-07',
  title: 'Backups are encrypted',
  why: '',
  fix: '',
  gates: ['operate'],
  standards: ['F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
