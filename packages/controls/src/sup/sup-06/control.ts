import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SUP-06',
  title: 'CI runs lint, unit tests, build on every change; integration tests, security scan, staging deploy on merge; end-to-end, canary, watch, rollout or rollback on release',
  why: '',
  fix: '',
  gates: ['merge'],
  standards: ['F', 'R'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
