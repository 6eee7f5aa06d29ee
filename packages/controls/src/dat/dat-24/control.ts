import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-24',
  title: 'Payments: declined with its reason; provider lost after the charge: pending, retried, charged once',
  why: 'The reply to a charge gets lost more often than the charge. Taken for a failure it is charged again; taken for success nobody pays.',
  fix: "1. Store the intended payment before the call and send its id as the provider's idempotency key. 2. Treat a lost reply as pending and ask the provider. 3. Retry with the same key only. 4. Show a decline with its reason. 5. Drop the reply at the proxy after the charge, and count charges.",
  gates: ['deploy'],
  standards: ['F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'payments',
  params: {},
}
