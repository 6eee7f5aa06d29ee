import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-13',
  title: 'Third party down: answers say `isFallback: true`',
  why: "A recommendation or a weather line from outside must never cost a checkout; and a client that can't tell a fallback from the truth shows guesses as facts.",
  fix: "1. Declare a fallback for each third party: cached, static or empty. 2. Return it within the third party's timeout. 3. Set `isFallback: true` in the answer. 4. Count fallbacks and alert on their rate. 5. Cut the third party off and call every route that uses it.",
  gates: ['deploy'],
  standards: ['R'],
  proof: ['drill'],
  scope: ['edge'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'upstream',
  params: {},
}
