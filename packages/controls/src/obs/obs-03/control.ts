import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-03',
  title: 'Metrics on every service: rate, errors, duration under the standard names, cpu and memory',
  why: "What has no rate, errors and duration can't be alerted on: customers find the outage first. A counter that leaves failures out shows a healthy service during one.",
  fix: 'Serve Prometheus text with a well-kept client library and name its path in `probes.metrics`: http_requests_total with method, route and status, http_request_duration_seconds as a histogram, process_cpu_seconds_total, process_resident_memory_bytes. Count in a hook that every answer passes. Metrics that are pushed (OTLP, StatsD) are not seen by this check.',
  gates: ['deploy'],
  standards: ['C', 'F', 'S'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
