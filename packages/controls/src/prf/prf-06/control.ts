import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'PRF-06',
  title: 'Static assets: hashed, immutable, compressed, and served from a CDN address where one is declared',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
