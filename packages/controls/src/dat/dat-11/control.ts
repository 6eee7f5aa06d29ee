import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-11',
  title: 'Usage is write-once and read aggregated: updates are refused by the database, sums agree',
  why: 'Usage is what customers are billed by. If a row can be changed afterwards no bill can be proved, and a bug silently rewrites the past.',
  fix: "1. Give the service's role insert and select only, and add a trigger that refuses update and delete. 2. Make each event unique by an id of the sender's. 3. Correct with a counter-entry. 4. Read sums from an aggregate. 5. Try to update, then recompute the sums from the rows and compare.",
  gates: ['deploy'],
  standards: ['G'],
  proof: ['data'],
  scope: ['component'],
  binds: ['tree', 'environment'],
  maxAgeS: 604800,
  objectFact: 'usage-metering',
  params: {},
}
