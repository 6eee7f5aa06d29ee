import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-09',
  title: 'Staging matches production: same keys, artifact, migrations and flags, but for a declared list (lower rate limits, test keys)',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['F', 'R'],
  proof: ['artifact', 'boot'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
