import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-07',
  title: 'Passwords are argon2id or bcrypt at current cost',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['F'],
  proof: ['data'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
