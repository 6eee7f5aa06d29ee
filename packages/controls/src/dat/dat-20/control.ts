import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-20',
  title: 'Repeated requests with one idempotency key do one thing',
  why: 'Phones and proxies send a request again when the answer was lost. Without a key two orders are placed and one is meant.',
  fix: '1. Accept an idempotency key on each route that creates or charges. 2. Insert key, caller and digest of the body under a unique constraint, in the transaction of the work. 3. Return the stored answer to a repeat, 422 to another body, 409 while running. 4. Send one key fifty times at once and count rows.',
  gates: ['deploy'],
  standards: [],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'http',
  params: { concurrentRequests: 50 },
}
