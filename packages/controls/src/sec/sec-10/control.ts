import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-10',
  title: 'Roles: every role against every route, allowed and refused as declared',
  why: 'One route whose check was forgotten is enough, and routes are added every week. Nobody tries by hand all roles on all of them.',
  fix: '1. Declare for each route which roles may call it. 2. Enforce it in one place that denies by default. 3. Generate the matrix from the description and the routes found in the source. 4. Call each cell, with a positive case beside every refusal. 5. Add the missing routes to the declaration.',
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'http',
  params: {},
}
