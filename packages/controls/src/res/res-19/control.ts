import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-19',
  title: 'An error boundary wraps every route: a throw in each leaves the shell alive',
  why: 'One thrown error without a boundary blanks the whole page: the customer cannot even reach the menu to leave the broken screen.',
  fix: "1. Wrap each route's element in a boundary outside its lazy import, so that a failed chunk is caught too. 2. Keep navigation outside of it. 3. Show a message, a retry and the way home. 4. Report the error once. 5. Replace each chunk and payload in a browser.",
  gates: ['deploy'],
  standards: ['G'],
  proof: ['drill', 'browser'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'browser-client',
  params: {},
}
