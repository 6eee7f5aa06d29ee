import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-28',
  title: 'Internal routes are not public',
  why: 'An internal route that the public address also serves is an API without a lock: Optus exposed ten million customers in 2022 through one that was open to the internet.',
  fix: '1. List internal routes by prefix or by port. 2. Serve them from a listener bound to the inside. 3. Deny the prefix at the edge, before rewriting and decoding. 4. Ask for credentials inside as well. 5. Probe from outside, with encoded, doubled and upper-case spellings.',
  gates: ['deploy'],
  standards: ['R'],
  proof: ['probe'],
  scope: ['environment'],
  binds: ['tree', 'config', 'environment'],
  maxAgeS: 604800,
  params: {},
}
