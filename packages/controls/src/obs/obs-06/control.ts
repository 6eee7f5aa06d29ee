import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-06',
  title: 'One request is one connected trace through database and upstreams',
  why: 'With traces that break at the first hop, finding the slow part of a request over four services takes a meeting instead of a minute.',
  fix: "1. Accept and send `traceparent` on every call, queue messages included. 2. Start spans for the database and each upstream. 3. Keep the context over timers and workers. 4. Sample by the root's decision. 5. Send one request to a local collector: one trace id, one root, no orphan span.",
  gates: ['deploy'],
  standards: ['F'],
  proof: ['drill'],
  scope: ['system'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
