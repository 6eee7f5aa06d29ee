import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OPS-06',
  title: 'User, API, deployment and security documents exist and name every route, variable and command there is',
  why: '',
  fix: '',
  gates: ['deploy', 'handoff'],
  standards: ['F', 'R'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
