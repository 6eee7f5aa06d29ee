import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-38',
  title: 'Security review or penetration test bound to the release line, findings closed',
  why: 'Automatic checks find what they know. A person with time finds the way through three small flaws, and finds it before a stranger does.',
  fix: '1. Have a reviewer who did not write it look at each release line, with a scope in writing. 2. Record date, commit range, reviewer and findings. 3. Fix or close every finding with a reason and a retest. 4. Repeat when authentication, money or exposure changes.',
  gates: ['deploy'],
  standards: ['F'],
  proof: ['record'],
  scope: ['team'],
  binds: ['tree', 'artifact', 'environment'],
  maxAgeS: 604800,
  params: {},
}
