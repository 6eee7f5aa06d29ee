import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-35',
  title: 'Provisioning (SCIM): bad configuration and payloads are refused when saved and never give a 5xx later; a deprovisioned person is out at once',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
