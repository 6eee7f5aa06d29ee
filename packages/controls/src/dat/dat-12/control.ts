import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-12',
  title: 'No user without an organisation',
  why: 'A user who belongs to no organisation falls through every tenant check: he sees nothing, or everything.',
  fix: "1. Make the organisation column `NOT NULL` with a foreign key. 2. Create user and membership in one transaction. 3. Decide what happens to members when an organisation is deleted. 4. Mend existing rows first. 5. Try the bare insert with the service's own role: the database must refuse it.",
  gates: ['deploy'],
  standards: ['G'],
  proof: ['data'],
  scope: ['component'],
  binds: ['tree', 'environment'],
  maxAgeS: 604800,
  objectFact: 'tenants',
  params: {},
}
