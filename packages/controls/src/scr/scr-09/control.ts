import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SCR-09',
  title: 'Webhook secret rotation with both secrets valid in the overlap',
  why: 'Without an overlap every event signed in the minutes of the change is refused and lost: payments stay unpaid and no one sees why.',
  fix: '1. Accept a list of secrets per sender and try each in constant time. 2. Add the new secret, switch the sender, wait for its longest redelivery time, remove the old one. 3. Count verified events by secret id to know when the old one is unused. 4. Drill it with events signed by both.',
  gates: ['operate'],
  standards: ['R'],
  proof: ['drill'],
  scope: ['edge'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  objectFact: 'webhook',
  params: {},
}
