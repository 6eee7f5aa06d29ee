import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-03',
  title: 'Backward compatible: the previous release works on the new schema',
  why: 'During a rollout both releases use one schema, and after a rollback the old one must. A dropped column breaks every instance that has not been replaced yet.',
  fix: "1. Expand first: add nullable columns and new tables. 2. Let the release write both forms. 3. Backfill. 4. Drop the old form one release after nothing reads it. 5. Run the previous release's tests and traffic on the new schema.",
  gates: ['deploy'],
  standards: ['F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'artifact'],
  maxAgeS: 604800,
  objectFact: 'database',
  params: {},
}
