import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-07',
  title: 'Auth error: the session ends and the user is told',
  why: 'A session that goes on after its authentication failed leaves people clicking into a void, or an attacker inside with a token that should be dead.',
  fix: "1. On an authentication error from any upstream end the local session and clear its cookie. 2. Answer 401 with the registry's code, never a redirect loop or a 500. 3. Let the client show one sentence and the way to sign in again. 4. Keep unsent input so that it survives the new sign-in.",
  gates: ['deploy'],
  standards: ['G'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'sign-in',
  params: {},
}
