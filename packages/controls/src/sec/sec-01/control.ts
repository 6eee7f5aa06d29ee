import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-01',
  title: 'CORS allow-list from configuration; nothing else is reflected',
  why: 'Where the origin is reflected, any page that a signed-in person opens can read their data.',
  fix: 'Keep the list of origins in configuration, compare whole strings, send no CORS header where an origin is not on it, never allow `null`, and add `Vary: Origin`.',
  gates: ['deploy'],
  standards: ['C'],
  proof: ['probe'],
  scope: ['component', 'edge'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
