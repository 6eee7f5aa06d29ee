import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-07',
  title:
    'Alerts exist, are valid and *fire*, each with the window, hold time and severity of the chosen standard: errors >1 % and >10 %, p95 >0.5 s, p99 >5 s, probe failing or slower than 1 s, down, disk >80 %, error spike >5/min, crash cluster, cache miss >40 % per declared cache, webhook 4xx, repeated push errors per token, unusual traffic',
  why: 'Alerts are code that nobody runs until it matters. A rule with a misspelt metric stays silent for ever: the blackout of 2003 in the American northeast grew for an hour behind a dead alarm system.',
  fix: '1. Write one rule for each condition of the title with window, hold time, severity and route. 2. Check them with the rule tester. 3. Replay recorded faults and see each rule fire and resolve. 4. Inject the faults into a live sandbox with a real Prometheus. 5. See that none fires in a quiet hour.',
  gates: ['deploy'],
  standards: ['C', 'S', 'F', 'R'],
  proof: ['telemetry', 'drill'],
  scope: ['component'],
  binds: ['tree', 'config', 'environment'],
  maxAgeS: 604800,
  params: {
    errorRatePercent: 1,
    errorRateHoldS: 120,
    errorRateSeverity: 'critical',
    errorRateHighPercent: 10,
    p95Ms: 500,
    p99Ms: 5000,
    probeSlowMs: 1000,
    diskUsedPercent: 80,
    errorsPerMinute: 5,
    cacheMissPercent: 40,
  },
  standardParams: { S: { errorRateHoldS: 300, errorRateSeverity: 'warning' } },
}
