import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-03',
  title: 'Canary 5, 25, 100 %',
  why: "A bad release that reaches everybody at once is everybody's outage. Datadog lost all its regions in March 2023 because one update ran on them all at the same time.",
  fix: '1. Route 5, then 25, then 100 % by weight, per request or per user. 2. Compare each step with the old release running at the same time. 3. Need a minimum of samples before going on. 4. Go on by decision of the analysis, not by a timer. 5. Rehearse with a good and a bad release.',
  gates: ['rollout'],
  standards: ['S', 'F'],
  proof: ['rollout'],
  scope: ['system'],
  binds: ['artifact', 'config', 'environment'],
  maxAgeS: 604800,
  params: { stepsPercent: [5, 25, 100] },
}
