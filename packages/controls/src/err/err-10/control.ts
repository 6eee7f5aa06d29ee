import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-10',
  title: 'One error is one log record, in the service and in the browser',
  why: 'An error logged at every layer counts five times on the dashboard, pages for a burst that never was, and hides the one record that holds the cause.',
  fix: '1. Log an error where it is handled, once, with its whole cause chain. 2. Everywhere else add context and throw on. 3. Do the same in the browser: one global handler, no extra `console.error`. 4. Cause one failing request per route and count records by correlation id.',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['drill', 'browser'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
