import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-17',
  title: 'Clock skew of 5 minutes is survived',
  why: "Clocks jump: Cloudflare's DNS failed at the leap second of 2017 because a duration came out negative. Tokens from a machine some minutes ahead are refused for everybody.",
  fix: '1. Measure durations and timeouts with the monotonic clock only. 2. Allow declared leeway on the times in tokens and signatures. 3. Order by sequence or database time, not by the clock of the instance. 4. Run an instance five minutes ahead and one behind beside normal ones.',
  gates: ['operate'],
  standards: [],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: { skewS: 300 },
}
