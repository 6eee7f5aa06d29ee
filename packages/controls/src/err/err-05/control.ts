import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-05',
  title: 'Config error: crash at start, once',
  why: 'A service that goes on with a broken configuration serves wrong answers; one that logs the error in a loop or exits 0 hides it from the platform, which then does not roll back.',
  fix: 'On a configuration error write exactly one error record, exit with a code other than 0 at once, and leave restarts to the platform.',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['boot'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
