import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-25',
  title: 'Single sign-on: bad metadata is refused when it is saved, and never breaks a later sign-in',
  why: 'Metadata that is broken on save and only noticed at the next sign-in locks a whole company out on Monday morning.',
  fix: '1. Fetch and parse metadata when it is saved, with timeouts and size limits. 2. Check certificates, endpoints, issuer and a trial sign-in before it becomes active. 3. Keep the last good version active. 4. Refuse unsigned and expired documents with a reason. 5. Save every kind of broken metadata and sign in after each.',
  gates: ['deploy'],
  standards: ['G', 'F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'single-sign-on',
  params: {},
}
