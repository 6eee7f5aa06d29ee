import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-03',
  title:
    'Every outbound call has connect, read, write and pool timeouts (defaults 5, 30, 10, 5 s; third parties 3.5 s)',
  why: "A call without a time limit waits for ever, and with it the request, its connection and soon the whole process. PostHog's outage of February 2024 was a database call without one.",
  fix: '1. Set connect, read, write and pool timeouts at each client; library defaults are often none. 2. Derive them from the budget of the request that calls, and pass the remaining deadline on. 3. Cancel the work when time is up. 4. Black-hole each dependency and measure how long requests take.',
  gates: ['deploy'],
  standards: ['C', 'R'],
  proof: ['drill'],
  scope: ['edge'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'dependency',
  params: {
    connectTimeoutMs: 5000,
    readTimeoutMs: 30000,
    writeTimeoutMs: 10000,
    poolTimeoutMs: 5000,
    thirdPartyTimeoutMs: 3500,
  },
}
