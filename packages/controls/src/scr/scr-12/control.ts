import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SCR-12',
  title: 'A third-party provider\'s credential rotates without downtime; the old one is refused',
  why: '',
  fix: '',
  gates: ['operate'],
  standards: ['R'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
