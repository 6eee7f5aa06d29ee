import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-01',
  title: 'Structured JSON logs on stdout with event, level, time, service, correlation id, duration, actor',
  why: "In an incident lines of text can't be searched by customer, request or duration, and the first hour goes into grep.",
  fix: 'Write one JSON object per line to standard output, and one line per finished request: event, level, time, service, correlation id, duration, actor. Send what libraries print through the same logger.',
  gates: ['deploy'],
  standards: ['C', 'S', 'F'],
  proof: ['telemetry'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: { jsonPercentMin: 90 },
}
