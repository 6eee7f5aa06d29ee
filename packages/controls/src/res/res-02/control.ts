import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-02',
  title: 'Every dependency has its own breaker (database, CMS, SSO, each upstream); one open breaker leaves the others shut',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
