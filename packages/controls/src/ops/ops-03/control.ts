import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OPS-03',
  title: 'On-call roster covers every hour, and escalation contacts exist and are current',
  why: '',
  fix: '',
  gates: ['deploy', 'operate', 'handoff'],
  standards: ['F', 'R'],
  proof: ['record'],
  scope: ['team'],
  binds: ['environment'],
  maxAgeS: 2592000,
  params: {},
}
