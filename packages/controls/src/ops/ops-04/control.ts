import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OPS-04',
  title: 'Architecture document: components, data flow, failure modes, scale path with a capacity estimate; its components are those that run',
  why: '',
  fix: '',
  gates: ['merge', 'handoff'],
  standards: ['F', 'R'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
