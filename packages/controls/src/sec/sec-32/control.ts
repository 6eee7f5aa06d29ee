import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-32',
  title: 'Certificates: over 21 days left, full chain, right names, reloaded without restart; outbound verification is on',
  why: '',
  fix: '',
  gates: ['deploy', 'operate'],
  standards: [],
  proof: ['probe', 'drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
