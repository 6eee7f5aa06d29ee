import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-09',
  title: 'Database timeout: breaker opens, callers get a fast 503',
  why: 'Without a limit every request waits for the frozen database until all workers are busy, and routes that never needed it die too. Services in wide use hang for 30 seconds and more in this state as they come.',
  fix: '1. Set a connect, a statement and a pool wait timeout at the client. 2. Put a breaker around the pool that opens on consecutive timeouts. 3. Answer 503 with Retry-After at once while it is open. 4. Freeze the database in a drill and measure both phases and the recovery.',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'database',
  params: {},
}
