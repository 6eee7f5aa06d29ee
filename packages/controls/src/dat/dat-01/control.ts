import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-01',
  title: 'Migrations run at deploy, on by default, once',
  why: 'A release whose migration was forgotten fails on its first query; two replicas that migrate at once leave half a schema behind.',
  fix: '1. Run migrations as a step of the deploy, on by default. 2. Take an advisory lock, so that one runs and the others wait. 3. Record each applied migration with its digest, in the same transaction. 4. Start two replicas at once on an empty and on an old database, and compare the schemas.',
  gates: ['deploy'],
  standards: ['C', 'F', 'R'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'database',
  params: {},
}
