import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-10',
  title: 'Graceful stop: SIGTERM under load fails no request',
  why: 'Every deploy and every scale-down sends SIGTERM. Without a graceful stop each of them fails the requests that are under way, and users see errors several times a day.',
  fix: 'On SIGTERM turn readiness off, stop accepting connections, let requests under way finish (their bodies and their database calls included), close idle keep-alive connections, then exit 0. If the runtime has no handler for SIGTERM, add one.',
  gates: ['deploy'],
  standards: ['F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: { idleExitMsMax: 10000, loadRatePerS: 20 },
}
