import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-11',
  title: 'SLOs: availability 99.9 %, p95 <500 ms; burn-rate alerts and a remaining error budget',
  why: '',
  fix: '',
  gates: ['deploy', 'operate'],
  standards: ['C'],
  proof: ['telemetry'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
