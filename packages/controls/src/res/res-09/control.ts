import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-09',
  title: 'CPU spike: health answers, recovers',
  why: 'When the processor is taken by a neighbour or a runaway job, a health check that starves gets a working instance killed, and the load moves to the next one.',
  fix: "1. Keep health off the worker's queue: no allocation, no I/O, no shared lock. 2. Set the probe's timeout and failure threshold from measured pauses. 3. Limit work in flight. 4. Burn all processors for a minute, watch health, and time how long until latency is back.",
  gates: ['operate'],
  standards: ['C'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  objectFact: 'http',
  params: { spikeS: 60 },
}
