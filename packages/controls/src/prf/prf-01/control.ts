import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'PRF-01',
  title: 'API p95 under 200 ms at expected load, measured without coordinated omission',
  why: 'People leave slow pages. A test that waits for each answer before sending the next hides the worst times, as it stops asking while the service hangs.',
  fix: '1. Declare the expected load per route. 2. Drive it open-loop and count from the intended send time. 3. Take the route with the worst p95 and profile it: queries, serialising, waiting for a pool. 4. Mend one thing and measure again. 5. Keep the mix and seed in the repository.',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'http',
  params: { p95Ms: 200 },
}
