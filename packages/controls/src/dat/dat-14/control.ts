import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-14',
  title: 'Queries are indexed',
  why: 'A missing index is invisible with a hundred rows and an outage with a hundred thousand: every request reads the whole table.',
  fix: '1. Collect the statements that the routes really send. 2. Seed 100,000 rows with a realistic spread and update statistics. 3. Read the plan of each and compare rows read with rows returned. 4. Add the index concurrently, or change the query. 5. Remove indexes that no plan uses.',
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['data'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  objectFact: 'database',
  params: { rows: 100000 },
}
