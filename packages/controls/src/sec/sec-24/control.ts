import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-24',
  title: 'Images: multi-stage, not root, base pinned by digest, health check',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['C'],
  proof: ['artifact'],
  scope: ['component'],
  binds: ['artifact'],
  maxAgeS: 604800,
  params: {},
}
