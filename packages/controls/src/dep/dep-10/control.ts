import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-10',
  title: 'A deployment is linked to its commit, tag, change request and work item',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
