import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-13',
  title: 'Feature flags and kill switches: each listed feature goes off (by flag at once, by environment with a restart), answers its own 503 code (`<feature>_unavailable`), and nothing else changes; cache lifetimes can be overridden',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['R', 'S', 'F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
