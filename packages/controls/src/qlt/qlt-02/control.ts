import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'QLT-02',
  title: 'Types check',
  why: '',
  fix: '',
  gates: ['code', 'merge'],
  standards: ['S', 'R'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
