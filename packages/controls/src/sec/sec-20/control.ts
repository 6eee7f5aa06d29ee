import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-20',
  title: 'Encryption at rest, AES-256',
  why: 'Disks are replaced, snapshots copied, volumes misattached. What is not encrypted there can be read by whoever ends up with it.',
  fix: '1. Turn on AES-256 for volumes, databases, object stores, snapshots and backups, in the infrastructure code. 2. Use a managed key with rotation and narrow rights. 3. Write canary values through the service. 4. Search the raw volume and a snapshot for those bytes: they must not be found.',
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['data', 'repo'],
  scope: ['environment'],
  binds: ['tree', 'environment'],
  maxAgeS: 604800,
  params: {},
}
