import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-08',
  title: 'Post-deploy watch of 30 minutes: errors, latency, new kinds of error, functions',
  why: 'Many faults need some minutes: a leak, a full queue, an hourly job. When everyone has gone home after the green tick, customers find them.',
  fix: '1. Watch for 30 minutes after the last step. 2. Compare errors, latency and kinds of error with the time before. 3. Run the smoke collection during it. 4. Roll back on a breach or on missing data. 5. End the deployment only then, and write the result to it.',
  gates: ['watch'],
  standards: ['S', 'F', 'R'],
  proof: ['rollout'],
  scope: ['system'],
  binds: ['artifact', 'config', 'environment'],
  maxAgeS: 604800,
  params: { watchS: 1800 },
}
