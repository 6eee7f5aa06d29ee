import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-13',
  title: 'Error tracking receives the event, with its correlation id, within a minute',
  why: 'An error tracker that stopped receiving looks exactly like a service without errors, and the team learns from customers.',
  fix: '1. Start the client before anything else and flush it on exit. 2. Attach correlation id, release and environment to each event. 3. Strip personal data before sending. 4. Point it at a local ingest, cause an error and wait at most a minute for that id. 5. Repeat it after each deploy.',
  gates: ['deploy', 'watch'],
  standards: ['F', 'R'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config', 'environment'],
  maxAgeS: 604800,
  params: { maxDelayS: 60 },
}
