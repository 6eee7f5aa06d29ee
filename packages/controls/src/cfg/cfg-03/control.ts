import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-03',
  title: 'Every required variable: missing, it stops the start, and all missing ones are named in one message',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['G', 'F', 'R'],
  proof: ['boot'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
