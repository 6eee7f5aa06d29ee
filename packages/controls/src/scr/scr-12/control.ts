import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SCR-12',
  title: "A third-party provider's credential rotates without downtime; the old one is refused",
  why: "If a provider's credential can only be changed with an outage, it stays in place after it leaked, because nobody dares to touch it.",
  fix: '1. Ask the provider for a second active credential. 2. Let the service reload it without a restart, or roll instances one by one. 3. Revoke the old one only when no instance uses it. 4. Call with the old one and see it refused. 5. Repeat per provider under load and count failures.',
  gates: ['operate'],
  standards: ['R'],
  proof: ['drill'],
  scope: ['edge'],
  binds: ['config', 'environment'],
  maxAgeS: 2592000,
  objectFact: 'third-party-credential',
  params: {},
}
