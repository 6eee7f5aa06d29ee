import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-09',
  title: 'Sessions: rotated at sign-in, idle and absolute expiry, revoked at sign-out, cookie flags',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
