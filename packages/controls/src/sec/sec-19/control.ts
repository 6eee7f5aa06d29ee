import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-19',
  title: 'Upload limits: kind by content, size, file name',
  why: "An upload is a file of a stranger's on your machine. ImageTragick in 2016 ran commands from pictures, and one endless file fills the disk.",
  fix: '1. Limit size while streaming. 2. Decide the kind from the bytes and allow a short list. 3. Store under a generated name outside the web root, and serve from another origin as attachment. 4. Decode in a sandbox with limits. 5. Try polyglots, archives that explode, and names with paths.',
  gates: ['deploy'],
  standards: ['F'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'uploads',
  params: {},
}
