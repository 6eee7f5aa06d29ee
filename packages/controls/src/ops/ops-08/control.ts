import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OPS-08',
  title: 'Game day each month: database killed, network slowed, CPU spiked',
  why: '',
  fix: '',
  gates: ['operate'],
  standards: ['C'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
