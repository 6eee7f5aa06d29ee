import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-04',
  title:
    'Retries: bounded (3 attempts in all), exponential with jitter between 1 and 10 s, only transient and idempotent, under a retry budget',
  why: "Retries without bound turn a short failure into a long one: three retries at each of two layers are sixteen calls for one. Square's outage of 16 March 2017 was kept alive by a client retrying up to 500 times without a pause.",
  fix: '1. Retry in one layer only. 2. Three attempts in all, exponential waits with full jitter between 1 and 10 s. 3. Only transient errors of idempotent calls. 4. Give each client a retry budget of about a tenth of its calls. 5. Honour Retry-After. 6. Count calls at a failing dependency.',
  gates: ['deploy'],
  standards: ['G', 'C', 'F'],
  proof: ['drill'],
  scope: ['edge'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'dependency',
  params: { maxAttempts: 3, minBackoffMs: 1000, maxBackoffMs: 10000 },
}
