import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-05',
  title: 'Automated backups, nightly, kept 30 days, and a manual backup command that works',
  why: '',
  fix: '',
  gates: ['operate'],
  standards: ['R', 'C', 'F'],
  proof: ['data', 'record'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
