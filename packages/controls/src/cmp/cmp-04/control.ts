import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CMP-04',
  title: 'Audit trail of access to personal and payment data',
  why: 'Curious employees look up neighbours and celebrities. Without a trail nobody knows, and the person concerned can be told nothing.',
  fix: '1. List the fields that count. 2. Record reader, person concerned, fields, reason and time on each access, support tools and direct queries included. 3. Make the trail append-only. 4. Review unusual access. 5. Read such data by each way there is and find each in the trail.',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'personal-data',
  params: {},
}
