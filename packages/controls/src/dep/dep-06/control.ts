import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-06',
  title: 'No failed request during a rollout',
  why: 'Requests that fail in each rollout teach the team to deploy rarely, at night and in large lumps, which makes each rollout worse.',
  fix: '1. Take an instance out of the router before stopping it and wait for the router to know. 2. Drain what is in flight. 3. Add the new one only when it is ready. 4. Keep enough replicas throughout. 5. Drive open-loop load over a whole rollout, slow uploads included, and count failures: none.',
  gates: ['rollout'],
  standards: ['F'],
  proof: ['rollout'],
  scope: ['system'],
  binds: ['artifact', 'config', 'environment'],
  maxAgeS: 604800,
  params: {},
}
