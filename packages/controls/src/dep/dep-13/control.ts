import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-13',
  title: 'Infrastructure is code, valid and complete for production and staging (Terraform, Kubernetes)',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['F'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
