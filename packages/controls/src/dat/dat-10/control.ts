import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-10',
  title: 'The CMS holds media metadata only and serves no raw file',
  why: 'A CMS that serves files itself becomes the bottleneck of every page and a second place in which uploads can be read around the rules.',
  fix: '1. Keep id, type, size and checksum in the CMS and the bytes in object storage. 2. Move existing blobs over and drop the columns. 3. Remove the file routes or redirect them to signed addresses. 4. Search its tables for binary content. 5. Ask it for raw files: each must be refused.',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['data', 'probe'],
  scope: ['component'],
  binds: ['tree', 'environment'],
  maxAgeS: 604800,
  objectFact: 'cms',
  params: {},
}
