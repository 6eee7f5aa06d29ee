import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-01',
  title: 'Closed taxonomy: every error answer carries a code from one registry that gives class, status, retriable, retry-after, help; upstream timeout retriable after 5 s, rate limit after 60, internal after 30, validation and not-found never (or as declared)',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['C', 'G', 'S'],
  proof: ['probe', 'repo'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
