import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-18',
  title:
    'Interface with its API down: a settled degraded state within 5 s, a bounded number of requests, no spinner loop',
  why: 'With the API down a client that reloads in a loop shows a spinner for ever, drains the battery, and adds its load to the outage.',
  fix: '1. Bound each fetch by a timeout and at most three attempts. 2. Settle within 5 s into a state that says what is missing and offers one retry. 3. Keep what is already loaded on the screen. 4. Block the API in a real browser and count requests for a minute.',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['drill', 'browser'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'browser-client',
  params: { settleMs: 5000 },
}
