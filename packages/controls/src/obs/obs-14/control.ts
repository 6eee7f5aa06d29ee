import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-14',
  title: 'Metric cardinality is bounded',
  why: 'A label with an id in it makes a new series per user: the metrics store runs out of memory and takes all alerts with it.',
  fix: "1. Label with the route's pattern, never with the path. 2. Map unknown paths to one value. 3. Drop ids, addresses and messages from labels. 4. Set a limit per metric at the scrape. 5. Send 10,000 distinct paths and ids, and count the series before and after.",
  gates: ['deploy'],
  standards: [],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'http',
  params: { distinctPaths: 10000 },
}
