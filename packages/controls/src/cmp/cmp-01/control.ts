import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CMP-01',
  title: 'Data inventory: every personal column has purpose, basis and retention, and none is unlisted',
  why: 'Nobody can delete, export or protect what nobody knows is there. A forgotten column with birth dates is found by the person who steals it.',
  fix: '1. Read all columns from the databases, the buckets and the event schemas. 2. List personal ones with purpose, legal basis and retention. 3. Fail the merge when a column is in neither list. 4. Sample values for addresses and numbers in columns that claim none. 5. Review it with the privacy officer.',
  gates: ['merge'],
  standards: ['S', 'F'],
  proof: ['data'],
  scope: ['system'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
