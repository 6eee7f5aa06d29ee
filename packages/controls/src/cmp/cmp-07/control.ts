import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CMP-07',
  title: 'Regular audits are held',
  why: '',
  fix: '',
  gates: ['operate'],
  standards: ['S'],
  proof: ['record'],
  scope: ['team'],
  binds: ['environment'],
  maxAgeS: 2592000,
  params: {},
}
