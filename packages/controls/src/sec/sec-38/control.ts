import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-38',
  title: 'Security review or penetration test bound to the release line, findings closed',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['F'],
  proof: ['record'],
  scope: ['team'],
  binds: ['environment'],
  maxAgeS: 604800,
  params: {},
}
