import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-20',
  title: 'Metrics, profiling and debug endpoints are not public',
  why: "Debug endpoints give memory away. In 2024 an open heap dump at Volkswagen's Cariad led to cloud keys and the movements of 800,000 cars.",
  fix: '1. Serve metrics, profiling and debug on a port of their own that is bound inside. 2. Deny the usual paths at the edge by prefix. 3. Ask for credentials even inside. 4. Turn off heap dump and environment endpoints in production. 5. Probe the public address for the usual names of every framework.',
  gates: ['deploy'],
  standards: [],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config', 'environment'],
  maxAgeS: 604800,
  params: {},
}
