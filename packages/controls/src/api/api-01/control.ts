import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'API-01',
  title: 'An OpenAPI document is served and valid, and covers every route there is',
  why: 'Clients, tests and reviews work from the description; a route that is not in it is one that nobody reviewed, and one that is only in it breaks whoever believed it.',
  fix: 'Generate the description from the routes, or the routes from it; serve it and name its path in `probes.openapi`; let a test hold the two lists equal. Probes and metrics need not be in it.',
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
