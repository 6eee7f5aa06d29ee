import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SUP-08',
  title: 'The build succeeds from a clean checkout, and is the same twice',
  why: "A build that needs something left on a machine can't be repeated in an incident, and one that differs each time can't be checked: the xz back door of 2024 sat in release files that differed from the source.",
  fix: '1. Build from a fresh clone with empty caches and the network limited to the registries. 2. Fix timestamps, order, locale and paths. 3. Build twice at different times and compare digests. 4. Where they differ, diff the contents and remove the cause. 5. Run it on each release.',
  gates: ['deploy'],
  standards: ['C'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
