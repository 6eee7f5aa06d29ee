import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SCR-05',
  title: 'No key older than 90 days, none older than the last incident that touched it; each rotation is logged',
  why: '',
  fix: '',
  gates: ['operate'],
  standards: ['R'],
  proof: ['record'],
  scope: ['team'],
  binds: ['environment'],
  maxAgeS: 2592000,
  params: {},
}
