import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-15',
  title: 'Queues are bounded, poison goes to a dead letter, job SLAs are declared and met',
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
