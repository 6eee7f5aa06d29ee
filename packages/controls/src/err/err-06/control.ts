import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-06',
  title: 'Network error: cached or last-known answer, marked as such',
  why: 'When a network call fails and nothing else is at hand, people get an error page although the answer of a minute ago would have served them. If an old answer is not marked, they act on stale data.',
  fix: '1. Keep the last good answer of each read with its time. 2. On a network error serve it within the latency budget. 3. Mark it in the body and with an `Age` or `Warning`-like header. 4. Never fall back on writes: answer the retriable error. 5. Bound how old an answer may be.',
  gates: ['deploy'],
  standards: ['G', 'R'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'upstream',
  params: {},
}
