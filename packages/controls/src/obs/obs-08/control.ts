import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-08',
  title: 'No dead alert: every metric and label a rule names is exposed by the live service',
  why: 'A rename in the code kills an alert without a trace: the rule is still there, valid, and can never fire again. Nobody finds out before the fault that it was written for.',
  fix: '1. Extract every metric, label and label value that rules and recording rules name. 2. Scrape the live service after traffic over all routes. 3. Compare both sets and mend each rule without a series. 4. Run the comparison in CI so that a rename fails the build that makes it.',
  gates: ['deploy'],
  standards: [],
  proof: ['telemetry'],
  scope: ['component'],
  binds: ['tree', 'config', 'environment'],
  maxAgeS: 604800,
  params: {},
}
