import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-18',
  title: 'Every composed service, backing ones included, has a health check that works',
  why: 'A container that runs is not a service that answers. Without working checks the stack starts in the wrong order, and a frozen database is reported as healthy.',
  fix: "1. Add a health check to every composed service, database, cache and broker included. 2. Let it perform the service's real function within a timeout. 3. Start dependants on `service_healthy`. 4. Freeze each in turn: its check must fail in time, and recover. 5. Fail CI for one without.",
  gates: ['deploy'],
  standards: ['C'],
  proof: ['repo', 'drill'],
  scope: ['system'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'container',
  params: {},
}
