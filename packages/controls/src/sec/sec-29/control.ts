import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-29',
  title: 'Webhooks: bad signature, old timestamp and replay are refused; a redelivery does nothing twice',
  why: 'An unsigned webhook lets anybody mark an order as paid; a replayed one does it again.',
  fix: '1. Verify the signature over the raw bytes in constant time. 2. Refuse timestamps older than five minutes. 3. Store event ids under a unique key for longer than the sender redelivers. 4. Answer 2xx to a known redelivery without acting. 5. Send bad, old, replayed and redelivered events and read the state.',
  gates: ['deploy'],
  standards: ['R'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'webhook',
  params: { maxAgeS: 300 },
}
