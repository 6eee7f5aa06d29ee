import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-37',
  title: 'Output encoding: markers stay inert in headers, logs, CSV, HTML',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['probe', 'browser'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
