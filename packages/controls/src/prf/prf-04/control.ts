import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'PRF-04',
  title: 'Memory under 512 MB at load, and no upward slope',
  why: 'A leak shows after days: the process is killed at its limit amid requests, starts, and the next one follows at the same hour.',
  fix: "1. Run expected load long enough to see a slope after warm-up. 2. Above 512 MB or rising: take two heap snapshots and compare what was kept. 3. Bound caches, queues and listener lists. 4. Stream large bodies. 5. Set the container's limit above the measured peak.",
  gates: ['deploy'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: { maxRssMib: 512 },
}
