import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'QLT-07',
  title: 'Front-end tests are tests, not stubs',
  why: 'A test that only renders the component and asserts nothing is green whatever breaks. It makes the count look good and finds nothing.',
  fix: '1. Find front-end tests without an assertion, with constants compared to themselves, or with snapshots alone. 2. Assert what a person sees after an action. 3. Replace the network only. 4. Break the component on purpose: a test must fail. 5. Refuse stubs in review by lint.',
  gates: ['code'],
  standards: ['C', 'R'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  objectFact: 'browser-client',
  params: {},
}
