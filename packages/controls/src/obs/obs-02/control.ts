import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-02',
  title:
    'Correlation id (`x-correlation-id`, `x-request-id`): accepted if well formed, else made; echoed, logged, sent upstream, in every error body',
  why: "A customer's report names an id or a time; without one id through all services nobody finds which of a million requests it was.",
  fix: "Take `x-correlation-id` or `x-request-id` at the outermost layer if it matches a strict pattern, else make a UUID. Keep it in the request's context; put it into the answer, every log line, every error body and every call to another service.",
  gates: ['deploy'],
  standards: ['R', 'S'],
  proof: ['probe', 'telemetry'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
