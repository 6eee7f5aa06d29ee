import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-04',
  title: 'An error spike or slow-down rolls back by itself',
  why: 'People take minutes to notice and longer to decide. In these minutes every customer meets the error.',
  fix: '1. Set an absolute guard for errors and latency, and a comparison with the baseline. 2. Treat missing data as a reason to stop. 3. Let the controller turn the traffic back by itself and tell the team after. 4. Deploy a release with errors, and one that is slow, in a drill. 5. Time until traffic is back.',
  gates: ['rollout'],
  standards: ['S', 'F'],
  proof: ['rollout'],
  scope: ['system'],
  binds: ['artifact', 'config', 'environment'],
  maxAgeS: 604800,
  params: {},
}
