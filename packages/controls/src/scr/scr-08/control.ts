import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SCR-08',
  title: 'A malformed third-party credential stops the start',
  why: 'A credential that was cut off or pasted with quotes is found when the first mail or payment fails, long after the deploy went green.',
  fix: 'Check prefix, length and alphabet of each third-party credential at start, and refuse to start with a message that names the variable.',
  gates: ['deploy'],
  standards: ['R'],
  proof: ['boot'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'third-party-credential',
  params: {},
}
