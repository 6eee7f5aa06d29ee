import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'PRF-05',
  title: 'CPU under 80 % sustained at expected load',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
