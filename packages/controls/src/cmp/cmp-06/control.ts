import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CMP-06',
  title: 'Network segments: internal ports can\'t be reached from outside',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['probe', 'repo'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
