import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-22',
  title: 'A dependency that comes back at another address is found again (names are re-resolved)',
  why: 'After a fail-over the name points elsewhere. A client that resolved it once keeps talking to the dead address until somebody restarts it by hand.',
  fix: "1. Connect by name, never by a stored address. 2. Honour the record's lifetime; turn off runtimes' endless caches. 3. Limit the age of pooled connections. 4. Move the dependency to another address while traffic flows and time how long until answers are right again.",
  gates: ['operate'],
  standards: [],
  proof: ['drill'],
  scope: ['edge'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  objectFact: 'dependency',
  params: {},
}
