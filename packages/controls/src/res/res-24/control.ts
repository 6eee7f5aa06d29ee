import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-24',
  title: 'Many clients or jobs reconnecting or firing at once are spread by jitter',
  why: 'Clients that reconnect in step arrive as one wave, knock the server over, and come back together: Slack and Discord both had a reconnect storm prolong their outages.',
  fix: '1. Wait a random time between zero and a growing bound before each reconnect. 2. Spread scheduled jobs by a per-instance offset. 3. Limit accepts on the server. 4. Cut all connections for 10 s and plot arrivals per 100 ms: no bucket may hold most of them.',
  gates: ['operate'],
  standards: [],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: { outageS: 10 },
}
