import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-19',
  title: 'Identifier head-room: no counter past half its type',
  why: '',
  fix: '',
  gates: ['operate'],
  standards: [],
  proof: ['data'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
