import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-01',
  title:
    'Breaker: opens after more than 3 consecutive failures (the 4th), or its declared threshold, half-opens with one trial, closes on success',
  why: 'Without a breaker every caller waits the full timeout for a dependency that is known to be dead, and the calls keep it from coming back.',
  fix: '1. Count consecutive failures per dependency; the fourth opens it, or the number you declare. 2. While open fail at once. 3. After the wait let exactly one trial through, with a timeout of its own. 4. Close on its success, open again on its failure. 5. Export the state as a metric.',
  gates: ['deploy'],
  standards: ['G', 'C'],
  proof: ['drill'],
  scope: ['edge'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'dependency',
  params: { failuresBeforeOpen: 3, halfOpenTrials: 1 },
}
