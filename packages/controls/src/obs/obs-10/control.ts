import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-10',
  title: "Dashboards exist and every panel's query returns data",
  why: 'In an incident people trust the dashboard. An empty panel reads as zero errors, and a constant one as calm.',
  fix: "1. Keep dashboards as files in the repository. 2. Run each panel's query against a service under traffic. 3. Mend queries that give nothing or a constant. 4. Show rate, errors, duration and saturation first. 5. Vary the traffic and see every panel's values move with it.",
  gates: ['deploy'],
  standards: ['C', 'F'],
  proof: ['telemetry'],
  scope: ['system'],
  binds: ['tree', 'config', 'environment'],
  maxAgeS: 604800,
  params: {},
}
