import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-18',
  title: 'Request size limits',
  why: 'A few large bodies at once fill the memory of a process that reads them whole, and it takes all other requests with it.',
  fix: 'Set the limit of the body parser (1 MiB is plenty for JSON) and let it hold while the body streams in, not only for the announced length. Answer 413 and close.',
  gates: ['deploy'],
  standards: ['F'],
  proof: ['probe'],
  scope: ['component', 'edge'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: { growthBytesMax: 268435456 },
}
