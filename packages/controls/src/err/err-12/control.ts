import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-12',
  title: 'No swallowed errors in the code',
  why: 'A `catch` that does nothing makes a failure look like success: the order is confirmed and never stored, and no log says so.',
  fix: '1. Find empty handlers, handlers that only log and go on, and promises that nobody awaits. 2. Handle the one error that is expected and throw the rest on. 3. Where ignoring is right, name the error class and say why in a comment. 4. Turn the lint rules for it to error.',
  gates: ['merge'],
  standards: ['S', 'F'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
