import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-02',
  title: 'Runtime lock: runtime version and installed dependencies are the pinned ones',
  why: '',
  fix: '',
  gates: ['code', 'deploy'],
  standards: ['G'],
  proof: ['repo', 'boot'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
