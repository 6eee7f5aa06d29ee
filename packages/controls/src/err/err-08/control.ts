import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-08',
  title: 'CMS down: last published content is rendered',
  why: "The first page that a visitor sees often hangs on the CMS. If rendering fails with it, an editor's tool takes the whole shop window down.",
  fix: '1. Store every published document locally when it is published. 2. Render from that store and refresh it in the background. 3. Bound the refresh by a timeout and a breaker. 4. Stop the CMS and load each page that uses it: status, content and time must be as before.',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'cms',
  params: {},
}
