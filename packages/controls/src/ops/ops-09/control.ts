import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OPS-09',
  title: 'Cost guardrails: every resource tagged, budget alert',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['C'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
