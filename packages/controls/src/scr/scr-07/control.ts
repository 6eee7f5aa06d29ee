import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SCR-07',
  title: 'Root (founder) key rotation: the old key is refused at once',
  why: 'The founder key opens everything. If a stolen one keeps working after its replacement, because an instance cached it, rotating gave only a feeling of safety.',
  fix: '1. Keep one current root key by digest, in a place that every instance asks or is told about. 2. On rotation replace the digest in one transaction and push an invalidation. 3. Try the old key on every instance at once: it must be refused. 4. Write who rotated it to the audit log.',
  gates: ['deploy', 'operate'],
  standards: ['G'],
  proof: ['drill'],
  scope: ['system'],
  binds: ['tree', 'config', 'environment'],
  maxAgeS: 2592000,
  params: {},
}
