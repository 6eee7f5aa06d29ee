import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-22',
  title: 'Data keys rotate; old rows still read',
  why: '',
  fix: '',
  gates: ['operate'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
