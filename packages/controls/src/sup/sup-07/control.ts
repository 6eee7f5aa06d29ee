import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SUP-07',
  title: 'CI steps pinned by digest',
  why: '',
  fix: '',
  gates: ['merge'],
  standards: [],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
