import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-34',
  title: 'No default account, open admin or example secret works',
  why: 'Default accounts and open admin pages are the first thing that is tried on every new address; the credentials are printed in the documentation.',
  fix: 'Create no account with a known password: let the first one come from a secret that is required at start. Ask for authentication on every admin route. Turn anonymous registration off by default. Refuse values from examples as secrets.',
  gates: ['deploy'],
  standards: [],
  proof: ['probe', 'boot'],
  scope: ['edge'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: { openRegistration: false },
}
