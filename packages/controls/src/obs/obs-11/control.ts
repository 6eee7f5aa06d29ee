import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-11',
  title: 'SLOs: availability 99.9 %, p95 <500 ms; burn-rate alerts and a remaining error budget',
  why: 'Without a target each slow hour is argued about, and a slow leak of reliability never pages. With a budget the team knows when to stop shipping and mend.',
  fix: '1. Define availability 99.9 % and p95 below 500 ms over 28 days, measured at the edge. 2. Generate burn-rate alerts with a fast and a slow window. 3. Export the remaining budget. 4. Agree what happens at zero. 5. Burn the budget in a sandbox and see the page within minutes.',
  gates: ['deploy', 'operate'],
  standards: ['C'],
  proof: ['telemetry'],
  scope: ['component'],
  binds: ['config', 'environment'],
  maxAgeS: 2592000,
  params: { availabilityPermille: 999, p95Ms: 500 },
}
