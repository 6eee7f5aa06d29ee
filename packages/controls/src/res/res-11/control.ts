import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-11',
  title: 'Crash: after SIGKILL acknowledged writes are there and it is ready again in time',
  why: 'Machines lose power and kernels kill processes without a signal. What was acknowledged and sat in memory only is gone, and a process that cannot start from such a state stays down.',
  fix: '1. Acknowledge after the durable commit only. 2. Keep no state in memory that cannot be rebuilt. 3. Clear stale locks and half-written files at start. 4. Kill with SIGKILL amid at least 500 acknowledged writes, start again, look each one up, and time readiness.',
  gates: ['deploy'],
  standards: ['F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'database',
  params: { minAcknowledgedWrites: 500 },
}
