import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-12',
  title: 'Cache lost: right answers, deterministic rebuild, no stampede',
  why: 'When the cache goes, every request hits the database at once: Slack was down on 22 February 2022 because a cache roll-out sent more misses than its databases could take.',
  fix: '1. Let one caller per key rebuild while others wait or get the old value. 2. Put jitter on lifetimes. 3. Limit concurrent rebuilds. 4. Treat cache errors as misses with a short timeout. 5. Flush and stop the cache under load and count the calls behind it.',
  gates: ['deploy'],
  standards: ['R'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'cache',
  params: {},
}
