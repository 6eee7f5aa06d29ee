import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-03',
  title: 'TLS 1.3 and nothing older, HSTS, plain HTTP redirected',
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
