import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-09',
  title: 'Media: bytes in object storage match the recorded checksum, type and size; none missing, none unreferenced',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['data'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
