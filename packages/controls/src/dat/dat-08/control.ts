import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-08',
  title: 'No orphan records: declared and inferred references',
  why: 'Orphans turn into crashes when something follows the reference, into invoices to nobody, and into personal data that a deletion misses.',
  fix: '1. Infer references from names and queries as well as from constraints. 2. Count rows without a parent for each. 3. Repair or remove them in a reviewed migration. 4. Add foreign keys with a chosen delete rule. 5. Plant an orphan in a copy and see the query find it.',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['data'],
  scope: ['component'],
  binds: ['tree', 'environment'],
  maxAgeS: 604800,
  objectFact: 'database',
  params: {},
}
