import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-21',
  title: 'Personal fields are encrypted in the column',
  why: 'Whoever gets a dump, an administrator or a thief, reads every e-mail address and birth date in it unless the fields themselves are sealed.',
  fix: "1. List the personal columns in the data inventory. 2. Encrypt them in the application with an authenticated cipher and the row's key as context. 3. Use a keyed digest for lookups by equality. 4. Keep keys outside the database. 5. Store canary persons, take a dump and search it.",
  gates: ['deploy'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'personal-data',
  params: {},
}
