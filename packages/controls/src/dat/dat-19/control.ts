import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-19',
  title: 'Identifier head-room: no counter past half its type',
  why: 'A full counter refuses all inserts from one second to the next: Basecamp was read-only for hours in November 2018, Strava lost uploads in July 2014.',
  fix: "1. List each sequence and identifier column with type and highest value, foreign keys included. 2. Alert at half of the type's range. 3. Move to 64 bit in steps: new column, trigger, backfill, switch. 4. Change the columns that refer to it too. 5. Check client types that hold only 53 bits.",
  gates: ['operate'],
  standards: [],
  proof: ['data'],
  scope: ['environment'],
  binds: ['environment'],
  maxAgeS: 2592000,
  objectFact: 'database',
  params: { maxUsedPercent: 50 },
}
