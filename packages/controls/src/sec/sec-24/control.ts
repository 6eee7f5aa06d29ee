import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-24',
  title: 'Images: multi-stage, not root, base pinned by digest, health check',
  why: 'An image that runs as root and carries a compiler turns one flaw into control of the machine; one on a moving base tag is never the one that was tested.',
  fix: '1. Build in one stage and copy only the result into a small final one. 2. Set a numeric non-root user. 3. Pin every base by digest and let a bot raise it. 4. Add a health check. 5. Inspect the built image, not only the Dockerfile.',
  gates: ['deploy'],
  standards: ['C'],
  proof: ['artifact'],
  scope: ['component'],
  binds: ['tree', 'artifact'],
  maxAgeS: 604800,
  objectFact: 'container',
  params: {},
}
