import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-12',
  title: 'Synthetic checks run on the critical paths',
  why: 'A path that nobody happens to use at night is broken until morning. A synthetic check finds it, unless it is the kind that is always green.',
  fix: '1. List the critical paths: sign-in, search, checkout. 2. Run each from outside every minute, asserting content and not only the status. 3. Page on two failures in a row. 4. Break each path on purpose and wait for the check to fail. 5. Host it apart from what it watches.',
  gates: ['operate'],
  standards: ['C'],
  proof: ['telemetry', 'drill'],
  scope: ['system'],
  binds: ['environment'],
  maxAgeS: 2592000,
  params: {},
}
