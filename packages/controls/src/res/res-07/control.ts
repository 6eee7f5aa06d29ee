import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-07',
  title: 'Database killed: recovers by itself, no acknowledged write is lost',
  why: "An acknowledged write that is gone after a database restart is an order that the customer was told is safe. Razorpay's fail-over lost such writes because durable commits were off.",
  fix: '1. Acknowledge only after commit, with durable commits on. 2. Reconnect with backoff when the connection drops; do not exit. 3. Make writes idempotent so that an unsure caller can repeat. 4. Kill the database amid at least 500 acknowledged writes and look each one up afterwards.',
  gates: ['deploy', 'operate'],
  standards: ['C', 'F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  objectFact: 'database',
  params: { minAcknowledgedWrites: 500 },
}
