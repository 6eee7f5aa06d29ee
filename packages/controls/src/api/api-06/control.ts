import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'API-06',
  title: 'The smoke collection passes (Postman format)',
  why: 'The first minute after a deploy decides whether it stays. Without a fixed list of requests each person tries something else, or nothing.',
  fix: "1. Keep a collection in Postman's format with one request for each critical path. 2. Assert status and content in each. 3. Take hosts and secrets from the environment. 4. Clean up what it creates. 5. Run it after each deploy and roll back on a failure; an empty collection is a failure.",
  gates: ['deploy', 'watch'],
  standards: ['R'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config', 'environment'],
  maxAgeS: 604800,
  objectFact: 'http',
  params: {},
}
