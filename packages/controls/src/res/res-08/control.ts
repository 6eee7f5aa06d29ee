import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-08',
  title: 'Slow network: stays within its latency budget or degrades',
  why: 'Networks degrade more often than they fail. A service that only knows up and down piles up slow requests until it is down as well.',
  fix: '1. Give each route a latency budget and pass the remaining deadline to every call. 2. Decide per call what is left out when time is short: cached value, partial answer, quick error. 3. Add latency and loss at the proxy, edge by edge. 4. Compare latency and answers with the budget.',
  gates: ['deploy', 'operate'],
  standards: ['C'],
  proof: ['drill'],
  scope: ['edge'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  objectFact: 'dependency',
  params: {},
}
