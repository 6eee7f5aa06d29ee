import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-31',
  title: 'Fields a caller may not set are refused (mass assignment)',
  why: 'If every field of the body is written through, a caller makes himself administrator with one more field. It was shown on GitHub itself in 2012.',
  fix: '1. List the writable fields per route and role in the API description. 2. Map from the body field by field; never spread it into the model. 3. Refuse unknown fields with 422. 4. Send read-only and privileged fields on each write, then read the object back as its owner.',
  gates: ['deploy'],
  standards: [],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'http',
  params: {},
}
