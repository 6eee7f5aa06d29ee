import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-04',
  title: 'No placeholder values (changeme, dummy, placeholder, example, todo, xxx, `<...>`, repeated or low-entropy secrets)',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['boot'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
