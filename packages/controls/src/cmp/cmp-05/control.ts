import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CMP-05',
  title: 'No card number is ever stored or logged; tokens only',
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
