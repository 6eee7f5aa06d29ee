import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-14',
  title: 'SQL injection',
  why: "A single concatenated statement opened TalkTalk's database in 2015 and 157,000 customers' data with it.",
  fix: '1. Use bound parameters everywhere. 2. Take identifiers such as sort columns from an allow-list. 3. Run the service with a role of least rights. 4. Send marked payloads in every parameter, header and JSON field. 5. Read the statements at the database: the mark may appear as a bound value only.',
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'database',
  params: {},
}
