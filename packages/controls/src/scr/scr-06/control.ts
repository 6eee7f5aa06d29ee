import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SCR-06',
  title: 'Token signing key rotation: tokens from the old key pass during the overlap and fail after it; no request is lost, and sessions that must end are ended',
  why: '',
  fix: '',
  gates: ['deploy', 'operate'],
  standards: ['G', 'R'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
