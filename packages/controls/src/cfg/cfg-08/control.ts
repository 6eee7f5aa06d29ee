import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-08',
  title:
    'Environments are kept apart: no live keys outside production, no test keys, localhost URLs or debug flags in it; no secret shared by two',
  why: 'A test key in production silently loses real orders, and a live key in staging charges or mails real people from a test run. A secret that two environments share makes the weaker one the way into the stronger.',
  fix: '1. Give every environment its own secret for every entry of the registry. 2. Declare in the registry the prefixes that live and test keys of each provider have. 3. Refuse at start a key, localhost address or debug flag that does not fit the declared environment. 4. Rotate every secret that was ever used in two of them.',
  gates: ['deploy'],
  standards: ['R'],
  proof: ['repo', 'boot'],
  scope: ['environment'],
  binds: ['tree', 'config', 'environment'],
  maxAgeS: 604800,
  params: {},
}
