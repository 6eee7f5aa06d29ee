import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-27',
  title: 'Fail safe: unknown route, unknown role, authorisation backend down: denied',
  why: 'Systems fail in odd moments. If doubt means yes, an outage of the authorisation service is an open door for everybody.',
  fix: '1. Deny in the default branch: unknown route, role, action. 2. On a timeout or error of the authorisation backend answer 503 or 403, never the data. 3. Bound how long a cached yes counts. 4. Stop the backend and send unknown roles in a drill: nothing protected may answer 2xx.',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
