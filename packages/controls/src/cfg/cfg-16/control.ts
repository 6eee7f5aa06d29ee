import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-16',
  title: 'A bad reload keeps the last good configuration',
  why: 'A process that drops its good configuration before it has read the new one turns a typing error into an outage, on every instance that reloads.',
  fix: '1. Parse and validate the new configuration completely into a second object. 2. Swap it in with one assignment only when it is valid. 3. On an error keep the old one, log one record, and raise a metric. 4. Show the version in use on an internal endpoint.',
  gates: ['operate'],
  standards: [],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
