import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-21',
  title: 'Hostile input: deep nesting, catastrophic patterns, giant pages: the process lives and its event loop is not blocked',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: [],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
