import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-02',
  title:
    'Every dependency has its own breaker (database, CMS, SSO, each upstream); one open breaker leaves the others shut',
  why: 'One breaker for everything makes the weakest dependency the off switch of the service: a dead sign-on provider would also cut the healthy database.',
  fix: '1. Create one breaker and one bounded pool per dependency, named after it. 2. Never share a timeout or a queue between two. 3. Kill the dependencies one after the other and call the routes that do not need the dead one. 4. Compare their answers and latency with those before.',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'dependency',
  params: {},
}
