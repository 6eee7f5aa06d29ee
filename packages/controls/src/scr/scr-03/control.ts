import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SCR-03',
  title: 'No secret in image layers, compose files, manifests; all come from outside',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['C', 'R'],
  proof: ['artifact'],
  scope: ['component'],
  binds: ['artifact'],
  maxAgeS: 604800,
  params: {},
}
