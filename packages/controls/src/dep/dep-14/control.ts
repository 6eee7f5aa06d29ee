import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-14',
  title: 'Mobile releases: version raised, release build verified, update channel can be pinned back and a bad update revoked',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['R'],
  proof: ['artifact'],
  scope: ['component'],
  binds: ['artifact'],
  maxAgeS: 604800,
  params: {},
}
