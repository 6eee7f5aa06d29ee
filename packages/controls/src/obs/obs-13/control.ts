import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-13',
  title: 'Health says the process lives even with a dependency down; ready says it can serve; both under 1 s',
  why: 'A liveness probe that asks the database makes the platform restart every healthy process when the database is slow; a readiness probe that says yes whatever happens sends users to instances that cannot serve them.',
  fix: 'Serve a liveness endpoint that touches no dependency. Serve a readiness endpoint that asks each required dependency within a limit below 1 s, answers 503 when one fails, and turns back by itself.',
  gates: ['deploy'],
  standards: ['R', 'C', 'F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: { probeMsMax: 1000, turnMsMax: 10000 },
}
