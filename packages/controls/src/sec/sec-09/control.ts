import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-09',
  title: 'Sessions: rotated at sign-in, idle and absolute expiry, revoked at sign-out, cookie flags',
  why: "A session that never ends works for whoever finds it. In October 2023 session tokens from Okta's support files let strangers into its customers' systems.",
  fix: '1. Issue a new identifier at sign-in and at each change of rights. 2. Expire after idle and absolute times, on the server. 3. Revoke at sign-out and at password change. 4. Set `HttpOnly`, `Secure`, `SameSite` and a host prefix. 5. Try the old identifier after each of them.',
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'sign-in',
  params: {},
}
