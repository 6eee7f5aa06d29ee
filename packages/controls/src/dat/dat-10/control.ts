import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-10',
  title: 'The CMS holds media metadata only and serves no raw file',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['data', 'probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
