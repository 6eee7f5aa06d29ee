import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SCR-02',
  title: 'No secret or personal value in logs, metric labels, traces or error bodies',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['C'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
