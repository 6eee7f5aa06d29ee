import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-17',
  title: 'Every input is validated: requests generated from the API description never give a 5xx',
  why: "A value that the code did not expect becomes a 500, then a retry, then an outage: an unexpected blank field brought Google Cloud's control plane down in June 2025.",
  fix: "1. Declare types, bounds, lengths and formats of each field in the API description. 2. Validate against the same schema at the edge of the service. 3. Refuse unknown fields. 4. Answer 400 or 422 with the field's name. 5. Generate requests from the description and mend each that gives a 5xx.",
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'http',
  params: {},
}
