import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-05',
  title: 'Variable registry: every variable the code reads is declared with its supplier, its reason, its format and whether it is secret; nothing declared is unread',
  why: '',
  fix: '',
  gates: ['merge'],
  standards: ['G'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
