import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-23',
  title: 'No known high or critical vulnerability in dependencies or image; none new against the base',
  why: '',
  fix: '',
  gates: ['merge', 'deploy'],
  standards: ['C', 'S', 'F'],
  proof: ['artifact'],
  scope: ['component'],
  binds: ['artifact'],
  maxAgeS: 604800,
  params: {},
}
