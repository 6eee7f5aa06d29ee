import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-23',
  title:
    'An optional dependency never blocks a start or a request; a required one that is missing gives an orderly non-zero exit or a not-ready instance',
  why: 'A recommendation service that is down must not keep the shop from starting. A required database that is missing must end in an exit or a not-ready instance, because one that says it is ready takes traffic that it cannot serve.',
  fix: 'Connect to optional dependencies in the background, with limits and a fallback. For required ones retry within a bound, then write one line and exit with a code other than 0, or stay up and answer not ready.',
  gates: ['deploy'],
  standards: [],
  proof: ['boot', 'drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: { startExtraMs: 10000, requestExtraMs: 2000, touchingMsMax: 10000, decideMs: 30000 },
}
