import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-16',
  title: 'CSRF',
  why: "Another site can make a signed-in person's browser send the transfer form; the server sees a valid cookie and obeys.",
  fix: '1. Set `SameSite=Lax` or stricter on session cookies. 2. Require a token or a custom header on each change, and check `Origin`. 3. Change nothing on GET. 4. Refuse content types that a plain form can send. 5. Send each change from a page of another origin in a browser: nothing may happen.',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['probe', 'browser'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'browser-client',
  params: {},
}
