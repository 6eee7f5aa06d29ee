import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-08',
  title: 'CMS down: last published content is rendered',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
