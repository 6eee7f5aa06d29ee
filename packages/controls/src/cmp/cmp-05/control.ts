import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CMP-05',
  title: 'No card number is ever stored or logged; tokens only',
  why: 'Stored card numbers are worth money to thieves: Heartland lost 130 million in 2008, and with them its standing with the card networks.',
  fix: "1. Let the provider's own fields collect the number, so that it never reaches your server. 2. Store tokens and the last four digits. 3. Refuse bodies with a number that passes the Luhn test in free text. 4. Pay with test cards and search databases, logs, traces, dumps and queues.",
  gates: ['deploy'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['system'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'payments',
  params: {},
}
