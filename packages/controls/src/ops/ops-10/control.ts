import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OPS-10',
  title: 'Each incident has a written cause and mitigation',
  why: 'Without a written cause the same incident comes back, and each team makes it for itself.',
  fix: '1. Within five working days write time line, effect on people, cause, what helped and what hindered. 2. Blame conditions, not persons. 3. Give each measure an owner and a date. 4. Link detection: which control should have found it. 5. Check open measures monthly until they are done.',
  gates: ['operate'],
  standards: ['R'],
  proof: ['record'],
  scope: ['team'],
  binds: ['environment'],
  maxAgeS: 2592000,
  params: {},
}
