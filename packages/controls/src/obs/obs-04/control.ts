import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-04',
  title:
    'Business metrics: user actions, transactions, success and failure, active users, revenue, conversion where the product has them',
  why: 'A service can be healthy by every technical number and sell nothing since the last release. Only a metric of what people do shows it.',
  fix: '1. List the actions that people come for and where money moves. 2. Count each with its result as a label, at the point where it is committed. 3. Name product metrics for active users, revenue and conversion where they exist. 4. Perform each action in a drill and see its counter, and only its counter, move.',
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['telemetry'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
