import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-03',
  title: 'Every required variable: missing, it stops the start, and all missing ones are named in one message',
  why: 'A default that steps in for a missing secret or address lets a service run for weeks with the wrong one; a service that reports one missing variable per start costs a deploy for each.',
  fix: 'Read all variables at start, collect every missing one, write one message that names all of them, and exit with a code other than 0 before the port is opened. Give required variables no default.',
  gates: ['deploy'],
  standards: ['G', 'F', 'R'],
  proof: ['boot'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
