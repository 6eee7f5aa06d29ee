import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OPS-07',
  title: 'Handoff pack: documents, roster, access, certificates, keys, with nothing missing',
  why: '',
  fix: '',
  gates: ['handoff'],
  standards: ['R'],
  proof: ['repo', 'record'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
