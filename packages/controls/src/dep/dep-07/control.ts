import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-07',
  title: 'The previous release is kept and deployable',
  why: 'Clean-up jobs delete old images. The team finds out on the evening on which the old image is the only thing that would help.',
  fix: "1. Protect the digest that served last, and the one before, from deletion. 2. Keep its configuration and evidence with it. 3. Check that its secrets and schema still fit. 4. Pull it from the registry in a clean place and start it on today's data. 5. Do so before each deploy.",
  gates: ['deploy'],
  standards: ['F'],
  proof: ['drill'],
  scope: ['system'],
  binds: ['artifact', 'environment'],
  maxAgeS: 604800,
  params: {},
}
