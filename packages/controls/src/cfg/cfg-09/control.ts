import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-09',
  title:
    'Staging matches production: same keys, artifact, migrations and flags, but for a declared list (lower rate limits, test keys)',
  why: 'What was never tried in the shape it will have in production is tried by the customers: TSB moved five million accounts in 2018 to a platform that its tests had not covered as it would run, and locked up to 1.9 million people out.',
  fix: '1. Deploy the same artifact digest to both and run the same migrations. 2. Keep one list of keys and flags for both and derive each environment from it. 3. Write down the few differences that are meant (test keys, lower rate limits) with a reason each. 4. Remove every difference that is not on that list.',
  gates: ['deploy'],
  standards: ['F', 'R'],
  proof: ['artifact', 'boot'],
  scope: ['environment'],
  binds: ['artifact', 'config', 'environment'],
  maxAgeS: 604800,
  params: {},
}
