import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-02',
  title: 'Correlation id (`x-correlation-id`, `x-request-id`): accepted if well formed, else made; echoed, logged, sent upstream, in every error body',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['R', 'S'],
  proof: ['probe', 'telemetry'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
