import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-17',
  title: 'Browser and mobile crashes are reported',
  why: "What crashes in a browser or on a phone never reaches the server's logs. The team sees falling numbers and no error.",
  fix: '1. Install handlers for errors and unhandled rejections before the application code. 2. Send them with release, route and correlation id. 3. Upload source maps to the tracker, not to the public. 4. Queue reports while offline. 5. Throw in a real browser and find the report with a readable stack.',
  gates: ['deploy'],
  standards: ['R', 'F'],
  proof: ['drill', 'browser'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'browser-client',
  params: {},
}
