import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SUP-01',
  title: 'Dependencies pinned with hashes, every ecosystem in the tree',
  why: '',
  fix: '',
  gates: ['merge'],
  standards: ['C'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
