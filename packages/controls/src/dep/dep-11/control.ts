import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-11',
  title: 'Health and ready are verified on each instance before it takes traffic',
  why: "One of Knight Capital's eight servers ran the old code in 2012 and nobody checked it. A router that sends traffic to an instance that can't serve makes the same kind of partial outage.",
  fix: "1. Ask each instance directly, not through the balancer, for health, ready and version. 2. Compare version with the release's digest. 3. Add it to the router only after all three. 4. Take it out when ready turns false. 5. Roll out one instance that never becomes ready: it may get no request.",
  gates: ['rollout'],
  standards: ['R', 'S'],
  proof: ['rollout'],
  scope: ['system'],
  binds: ['artifact', 'config', 'environment'],
  maxAgeS: 604800,
  params: {},
}
