import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'API-02',
  title: 'Each operation has examples, error cases, auth and rate limits',
  why: 'A description without errors and limits is written for the sunny day: client authors learn of 409 and 429 from their own users.',
  fix: "1. Add to each operation an example request and answer per status. 2. List every error code it can give with the envelope's schema. 3. State its security scheme, or say that it is public. 4. State its rate limit. 5. Send the examples to the service: each must be answered as written.",
  gates: ['merge'],
  standards: ['S'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'http',
  params: {},
}
