import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-23',
  title: 'Batch work interrupted half-way is neither lost nor repeated',
  why: 'A batch that dies half-way leaves people unpaid, and starting it again pays the rest twice.',
  fix: "1. Split work into units with an id and store each unit's result and its mark in one transaction. 2. Claim units with a lease that expires. 3. Make outside calls idempotent with the unit's id. 4. Take one lock so that runs do not overlap. 5. Kill it at random points and compare sums.",
  gates: ['deploy'],
  standards: [],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
