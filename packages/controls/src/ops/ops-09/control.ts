import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OPS-09',
  title: 'Cost guardrails: every resource tagged, budget alert',
  why: "A loop that starts machines or a leaked key can spend a year's money in a weekend, and the bill arrives at the end of the month.",
  fix: '1. Tag every resource with service, environment and owner, in the infrastructure code. 2. Refuse untagged ones in CI. 3. Set a budget for each environment with alerts at 50, 80 and 100 % to a channel that is read. 4. Set quotas on what scales. 5. Review forecast and unused resources monthly.',
  gates: ['deploy'],
  standards: ['C'],
  proof: ['repo'],
  scope: ['environment'],
  binds: ['tree', 'environment'],
  maxAgeS: 604800,
  params: { alertAtPercent: [50, 80, 100] },
}
