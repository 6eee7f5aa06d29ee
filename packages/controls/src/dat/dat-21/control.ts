import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-21',
  title: 'Concurrent changes lose no update',
  why: 'Two people save at once and one change is gone without a trace. The Bitcoin bank Flexcoin closed in 2014 after simultaneous withdrawals emptied it.',
  fix: '1. Change amounts by one statement that carries the condition. 2. Give edited documents a version and refuse a stale one with 409 or 412. 3. Lock rows in a fixed order where several change. 4. Send 100 changes at once and compare the total with what was acknowledged.',
  gates: ['deploy'],
  standards: [],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'database',
  params: { concurrentRequests: 100 },
}
