import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-16',
  title: 'Deployment done, new kind of error, traffic milestone are announced',
  why: 'When nobody knows that a release went out ten minutes ago, the first half hour of the incident is spent on guesses.',
  fix: '1. Send an event when a deployment starts and ends, with version and link. 2. Announce each kind of error that was not there before. 3. Announce traffic milestones, so that capacity is looked at in time. 4. Mark all three on the dashboards. 5. Trigger each once and find it in the channel.',
  gates: ['watch'],
  standards: ['F'],
  proof: ['telemetry'],
  scope: ['system'],
  binds: ['config', 'environment'],
  maxAgeS: 604800,
  params: {},
}
