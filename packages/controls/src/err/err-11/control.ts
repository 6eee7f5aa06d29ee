import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-11',
  title: 'An unexpected error alerts on-call, answers a safe default and releases what it held',
  why: "Garbage from a dependency is the case nobody wrote a branch for: it leaks connections one by one until the service hangs hours later, with no page sent. A connection not given back on the error path was part of PostHog's flags outages of October 2025.",
  fix: '1. Parse every answer of a dependency against a schema. 2. On a mismatch answer the declared safe default. 3. Release connections, files and timers in `finally`. 4. Raise a counter that pages. 5. Send 1,000 requests with garbage and compare handles, connections and memory before and after.',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['drill', 'telemetry'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: { requests: 1000 },
}
