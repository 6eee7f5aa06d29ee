import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SUP-03',
  title: 'CycloneDX or SPDX SBOM: valid, complete against the lock',
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
