import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-15',
  title: "No N+1: statements per request don't grow with the rows",
  why: 'A page that sends one query per row is fast in the demo and takes the database down when a customer has a thousand rows.',
  fix: "1. Count statements per request at the database's side with 1, 10 and 100 rows. 2. Replace the loop by a join, an `IN` list or a batching loader. 3. Turn lazy loading off in serialisers. 4. Cap page sizes. 5. Keep the count as an assertion in the tests of the route.",
  gates: ['deploy'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  objectFact: 'database',
  params: { rowsFew: 1, rowsMany: 100 },
}
