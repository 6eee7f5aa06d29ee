import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'PRF-08',
  title: 'Starts and is ready within its budget; the whole stack healthy within 30 s',
  why: "A slow start makes each rollout, each crash and each scale-up last longer, and turns a probe's grace period into a restart loop.",
  fix: '1. Measure from spawn to ready, cold, several times. 2. Move migrations, warm-ups and downloads out of the start or behind readiness. 3. Load lazily what the first request does not need. 4. Start the whole stack and wait for every health check: 30 s. 5. Set the start-up probe from the measurement.',
  gates: ['deploy'],
  standards: ['C'],
  proof: ['boot'],
  scope: ['component'],
  binds: ['tree', 'artifact', 'config'],
  maxAgeS: 604800,
  params: { stackHealthyMs: 30000 },
}
