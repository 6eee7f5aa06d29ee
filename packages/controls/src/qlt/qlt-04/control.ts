import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'QLT-04',
  title: 'Coverage 90 % (framework floor 80 %), not below the base',
  why: '',
  fix: '',
  gates: ['code', 'merge'],
  standards: ['S', 'F'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
