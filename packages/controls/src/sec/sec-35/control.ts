import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-35',
  title:
    'Provisioning (SCIM): bad configuration and payloads are refused when saved and never give a 5xx later; a deprovisioned person is out at once',
  why: 'Provisioning decides who still works here. A payload that fails quietly keeps a dismissed person signed in for weeks.',
  fix: "1. Validate settings with a trial call when they are saved. 2. Parse each payload against the SCIM schemas and answer its 4xx with detail. 3. On deprovisioning end sessions and revoke keys in the same transaction. 4. Send corrupted payloads of each kind, then use a deprovisioned person's session at once.",
  gates: ['deploy'],
  standards: ['G'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'provisioning',
  params: {},
}
