import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-02',
  title: 'Migrations succeed on a copy with data',
  why: 'A migration that works on an empty database meets nulls, duplicates and ten million rows in production, and stops half-way through.',
  fix: "1. Restore a masked copy of production, or seed one of the same size and shape. 2. Run the release's migrations on it and time them. 3. Clean offending rows in a migration of their own before adding constraints. 4. Backfill in batches. 5. Start the service on the result and call its routes.",
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'database',
  params: {},
}
