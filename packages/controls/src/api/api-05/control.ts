import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'API-05',
  title: 'No breaking change against the last release',
  why: "Clients can't be updated on the day of your release. A removed field or a newly required one breaks each of them at once.",
  fix: '1. Compare the description with that of the last release. 2. Restore what was removed or narrowed, or put it under a new version. 3. Mark the old one deprecated with a date and count its use. 4. Remove it when nobody calls it. 5. Let CI fail on a breaking difference.',
  gates: ['merge'],
  standards: [],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  objectFact: 'http',
  params: {},
}
