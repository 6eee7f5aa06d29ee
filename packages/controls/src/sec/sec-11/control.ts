import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-11',
  title: "Ownership: one tenant can't read or change another's objects",
  why: "Counting up a number in the address showed 885 million documents of First American's customers in 2019. It is the most common serious flaw there is in APIs.",
  fix: "1. Put the tenant into every query, by row level security where the database has it. 2. Answer 404 for objects of others. 3. Use identifiers that can't be guessed, in addition. 4. Call each route with an id as owner and as another tenant, reading and changing, and look the object up afterwards.",
  gates: ['deploy'],
  standards: ['F'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'tenants',
  params: {},
}
