import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-04',
  title:
    'Rate limits hold (default 100/min, per-route overrides), answer 429 with Retry-After and RateLimit headers, across replicas',
  why: 'One client in a loop, or one attacker, takes the service away from everybody else.',
  fix: 'Limit per address, and per account where there is one, in front of every route, by default 100 a minute. Answer 429 with Retry-After and the RateLimit fields. A route with a limit of its own announces it in RateLimit-Policy.',
  gates: ['deploy'],
  standards: ['C', 'G', 'S', 'F'],
  proof: ['drill'],
  scope: ['component', 'edge'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: { requestsPerMinMax: 100, overridePerMinMax: 600 },
}
