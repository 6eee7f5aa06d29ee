import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-02',
  title: 'Blue-green switch',
  why: 'Replacing in place means that going back is another deploy. With two sides it is one switch, while the old one still runs.',
  fix: '1. Start the new release beside the old one on the same data. 2. Verify health, ready and the smoke collection on it. 3. Switch the router in one operation and drain the old side. 4. Keep it for the watch time. 5. Switch there and back under load and count failed requests.',
  gates: ['rollout'],
  standards: ['S', 'F'],
  proof: ['rollout'],
  scope: ['system'],
  binds: ['artifact', 'config', 'environment'],
  maxAgeS: 604800,
  params: {},
}
