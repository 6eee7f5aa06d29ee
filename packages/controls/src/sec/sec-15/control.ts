import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-15',
  title: 'Cross-site scripting, stored and reflected',
  why: 'A stored script acts as whoever reads the page: it takes over sessions and changes data. The Samy worm spread to a million MySpace profiles in a day.',
  fix: '1. Let the template engine escape by context; remove raw insertion. 2. Sanitise the HTML that must stay with a kept library, on output. 3. Forbid inline script with a content security policy. 4. Write markers through every input and open every place in a browser where they come back.',
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['browser', 'probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'browser-client',
  params: {},
}
