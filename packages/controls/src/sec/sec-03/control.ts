import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-03',
  title: 'TLS 1.3 and nothing older, HSTS, plain HTTP redirected',
  why: 'Old protocol versions can be broken by whoever sits on the same network, and one plain request before the redirect gives the session cookie away.',
  fix: '1. Allow TLS 1.3 alone at the edge. 2. Redirect plain HTTP with 308 and serve nothing on it. 3. Send HSTS for at least a year with subdomains. 4. Mark cookies `Secure`. 5. Try a handshake at each older version from outside: all must fail.',
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['probe'],
  scope: ['environment'],
  binds: ['config', 'environment'],
  maxAgeS: 604800,
  params: { minTlsMinor: 3 },
}
