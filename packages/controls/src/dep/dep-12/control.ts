import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-12',
  title: 'The same digest passed staging, with its end-to-end tests',
  why: 'An image that is built anew for production is another one than the one tested: a moved base or a new dependency is enough.',
  fix: "1. Build once and promote by digest. 2. Record staging's end-to-end result as evidence about that digest. 3. Let the production policy ask for that evidence. 4. Take what differs between the environments from configuration alone. 5. Remove the production build job.",
  gates: ['deploy'],
  standards: ['F', 'R'],
  proof: ['artifact'],
  scope: ['component'],
  binds: ['artifact', 'environment'],
  maxAgeS: 604800,
  params: {},
}
