import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-05',
  title: 'Pools are bounded (100 connections, 20 kept alive, or as declared); exhaustion is a fast 503 and passes',
  why: "An unbounded pool lets a burst take all of the database's connections from everybody; one that waits for ever on exhaustion hangs instead of failing.",
  fix: "1. Bound each pool to 100 connections with 20 kept alive, or declare other numbers that fit the server's own limit times the replicas. 2. Bound the wait for a connection. 3. Answer 503 with Retry-After when it is over. 4. Hold all connections in a drill, release them, and see service return.",
  gates: ['deploy'],
  standards: ['C', 'S'],
  proof: ['drill'],
  scope: ['edge'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'dependency',
  params: { maxConnections: 100, maxKeptAlive: 20 },
}
