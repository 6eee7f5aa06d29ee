import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-05',
  title: 'Pools are bounded (100 connections, 20 kept alive, or as declared); exhaustion is a fast 503 and passes',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['C', 'S'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
