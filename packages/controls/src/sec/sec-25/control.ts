import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-25',
  title: 'Single sign-on: bad metadata is refused when it is saved, and never breaks a later sign-in',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['G', 'F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
