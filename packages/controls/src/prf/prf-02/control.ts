import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'PRF-02',
  title: '10x expected load without collapse',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['C', 'F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
