import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CMP-03',
  title: 'Deletion on request: afterwards the person is nowhere',
  why: 'A person who asks to be forgotten and gets an advertisement from a copy has been lied to; the law sets one month.',
  fix: '1. Follow the data inventory to every store. 2. Delete or make anonymous in one job that can be resumed, processors included. 3. Keep only what law demands, apart and marked. 4. Apply deletions again after a restore. 5. Delete a canary person and search database, objects, logs, caches and search indexes.',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['system'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'personal-data',
  params: {},
}
