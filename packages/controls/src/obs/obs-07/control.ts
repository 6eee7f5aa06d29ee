import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-07',
  title: 'Alerts exist, are valid and *fire*, each with the window, hold time and severity of the chosen standard: errors >1 % and >10 %, p95 >0.5 s, p99 >5 s, probe failing or slower than 1 s, down, disk >80 %, error spike >5/min, crash cluster, cache miss >40 % per declared cache, webhook 4xx, repeated push errors per token, unusual traffic',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['C', 'S', 'F', 'R'],
  proof: ['telemetry'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
