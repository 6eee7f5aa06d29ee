import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-36',
  title: 'Defence in depth: inner services authenticate, authorise and validate when the gateway is bypassed',
  why: 'Gateways are bypassed: by a neighbour pod, a forgotten port, a redirected call. Inner services that trust the network then obey anybody.',
  fix: '1. Authenticate each call between services with a short-lived identity. 2. Check rights and validate input in each service again. 3. Ignore identity headers that the gateway did not sign. 4. Call every inner route directly without, with a forged and with a foreign identity.',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['system'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
