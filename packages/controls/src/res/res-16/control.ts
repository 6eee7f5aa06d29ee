import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-16',
  title: 'Disk full: no crash, no lost acknowledged write',
  why: '',
  fix: '',
  gates: ['operate'],
  standards: [],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
