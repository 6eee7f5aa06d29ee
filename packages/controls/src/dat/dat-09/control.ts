import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-09',
  title: 'Media: bytes in object storage match the recorded checksum, type and size; none missing, none unreferenced',
  why: "A picture whose bytes do not match its record shows as a broken frame, or worse as another customer's. Unreferenced objects cost money and keep personal data that should be gone.",
  fix: '1. Compute checksum, kind, size and dimensions from the uploaded bytes and store them with the record. 2. Commit the record after the object. 3. List both sides and compare them completely. 4. Read each object back and decode it. 5. Repair missing ones from backup and delete unreferenced ones after a grace period.',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['data'],
  scope: ['environment'],
  binds: ['tree', 'environment'],
  maxAgeS: 604800,
  objectFact: 'object-storage',
  params: {},
}
