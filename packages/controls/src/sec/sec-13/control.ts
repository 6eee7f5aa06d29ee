import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-13',
  title: 'Audit log: every sensitive action, tamper evident',
  why: 'After a breach the question is what was touched. Without a log that shows tampering the honest answer is everything, to every customer.',
  fix: "1. List the sensitive actions. 2. Write actor, action, object, time and outcome in the same transaction. 3. Chain each record to the digest of the one before and anchor the head elsewhere. 4. Deny update and delete to the service's role. 5. Alter a record in a copy and see the verifier name it.",
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config', 'environment'],
  maxAgeS: 604800,
  params: {},
}
