import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-04',
  title: 'No migration holds a blocking lock for longer than its budget under load',
  why: 'One `ALTER TABLE` waiting behind a long reader makes every later query wait behind itself. GoCardless and GitHub (November 2021) both had outages from a schema change under load.',
  fix: '1. Parse each statement and know the lock it takes. 2. Set `lock_timeout` of a second or two and retry. 3. Create indexes concurrently; add constraints as not valid and validate later. 4. Never mix backfill and schema change. 5. Migrate under load with a long reader open, and time the blocked queries.',
  gates: ['deploy'],
  standards: [],
  proof: ['repo', 'drill'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  objectFact: 'database',
  params: {},
}
