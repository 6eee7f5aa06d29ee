import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-20',
  title: 'Encryption at rest, AES-256',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['data'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
