import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-25',
  title: 'Webhooks missed while down and redelivered late, twice or out of order apply once',
  why: 'Senders redeliver late, twice and out of order. A receiver that takes each as new charges twice or sets a shipped order back to paid.',
  fix: "1. Verify, store the event by the sender's id under a unique key, then answer 200. 2. Apply in one transaction with the mark that it was applied. 3. Compare the event's version or time with the state before applying. 4. Stop the receiver for 20 events and shuffle and double their redelivery.",
  gates: ['deploy'],
  standards: ['R'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'webhook',
  params: { missedEvents: 20 },
}
