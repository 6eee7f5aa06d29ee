import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-15',
  title: 'Cache hit rate above 80 % on cached routes',
  why: 'A cache that is rarely hit costs memory and adds a failure mode without helping: pages are slow and the database does the work twice.',
  fix: '1. Count hits and misses per cached route. 2. Compute the rate over an hour of real traffic. 3. Below 80 %: look at keys that hold too much (query order, cookies), lifetimes that are too short and evictions. 4. Remove the cache where it cannot reach the rate.',
  gates: ['watch'],
  standards: ['R'],
  proof: ['telemetry'],
  scope: ['component'],
  binds: ['artifact', 'config', 'environment'],
  maxAgeS: 604800,
  objectFact: 'cache',
  params: { minHitPercent: 80 },
}
