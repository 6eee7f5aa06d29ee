import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'PRF-05',
  title: 'CPU under 80 % sustained at expected load',
  why: 'At 80 % there is no room left for the failure of a neighbour: the next small spike turns into queues and time-outs.',
  fix: '1. Measure at expected load over minutes, per instance and against its limit. 2. Profile and remove the hottest path: serialising, hashing, logging. 3. Move heavy work into bounded workers. 4. Add replicas only after that. 5. Write the measured capacity per replica down.',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: { maxCpuPercent: 80 },
}
