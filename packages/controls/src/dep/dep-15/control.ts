import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-15',
  title: 'Old and new version work side by side on the same data and messages',
  why: "For minutes both releases read each other's rows, messages and cache entries. What one cannot read is an error for a random part of the customers.",
  fix: '1. Read old and new forms before anything writes the new one. 2. Ignore unknown fields. 3. Put the version into cache keys and messages. 4. Run both side by side on one database and queue with traffic on both. 5. Let each read what the other wrote, in both directions.',
  gates: ['rollout'],
  standards: [],
  proof: ['rollout'],
  scope: ['system'],
  binds: ['artifact', 'config', 'environment'],
  maxAgeS: 604800,
  params: {},
}
