import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CMP-07',
  title: 'Regular audits are held',
  why: 'Rights pile up and rules are forgotten between audits; what nobody looks at regularly is true only by chance.',
  fix: "1. Plan audits of access, data and suppliers for the year. 2. Name an auditor who doesn't run the system. 3. Record date, scope, findings and owners. 4. Follow each finding to its end. 5. Keep the signed record with its expiry, so that a missed audit turns red.",
  gates: ['operate'],
  standards: ['S'],
  proof: ['record'],
  scope: ['team'],
  binds: ['environment'],
  maxAgeS: 2592000,
  params: {},
}
