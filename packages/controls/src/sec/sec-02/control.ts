import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-02',
  title: 'Security headers and a working content security policy',
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
