import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SUP-06',
  title:
    'CI runs lint, unit tests, build on every change; integration tests, security scan, staging deploy on merge; end-to-end, canary, watch, rollout or rollback on release',
  why: 'Steps that are run by hand are skipped on the busy day, which is the day on which they would have found something.',
  fix: '1. On every change: lint, unit tests, build. 2. On merge: integration tests, security scan, deploy to staging. 3. On release: end-to-end tests, canary, watch, then roll out or back. 4. Make each a required check of the protected branch. 5. Check the workflow files for all of them.',
  gates: ['merge'],
  standards: ['F', 'R'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
