import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-18',
  title: 'Retention: what is past its time is gone',
  why: 'Data that should have been deleted is what leaks years later, and keeping it is itself a breach of what people were promised.',
  fix: '1. Declare for each table and bucket how long and from which date. 2. Delete in small batches by a scheduled job that reports how many. 3. Cover logs, caches, exports and backups. 4. Alert when the job did not run. 5. Set rows past their time, run it, and search everywhere.',
  gates: ['operate'],
  standards: ['F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'environment'],
  maxAgeS: 2592000,
  params: {},
}
