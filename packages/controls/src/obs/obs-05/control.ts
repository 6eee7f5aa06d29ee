import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-05',
  title: 'Queue depth, cache hits and misses, pool use',
  why: 'Queues, caches and pools fill up quietly. Without their numbers the first sign is that everything is slow, with no hint why.',
  fix: '1. Export length, oldest age and dead letters of every queue. 2. Export hits, misses and evictions of every cache. 3. Export used, idle and waiting of every pool. 4. Put a bound beside each so that use can be shown in percent. 5. Drive each one and see its value move.',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['telemetry'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
