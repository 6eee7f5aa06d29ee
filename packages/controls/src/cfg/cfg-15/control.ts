import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-15',
  title: 'A bad configuration push is caught before it reaches the whole fleet',
  why: "Configuration breaks as much as code does and usually reaches everybody at once. CrowdStrike's content file stopped 8.5 million Windows machines in July 2024; Cloudflare's oversized feature file took its network down on 18 November 2025.",
  fix: '1. Treat a configuration change as a release with a digest of its own. 2. Send it through the same canary steps and guards as code. 3. Validate it with the very parser that production uses before the first instance gets it. 4. Keep the previous version one command away.',
  gates: ['rollout'],
  standards: [],
  proof: ['rollout'],
  scope: ['system'],
  binds: ['config', 'environment'],
  maxAgeS: 604800,
  params: {},
}
