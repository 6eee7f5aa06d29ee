import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-17',
  title: 'Every API and event schema carries a version',
  why: "Without a version a changed message can't be told from a broken one, and consumers find out by failing.",
  fix: "1. Put a version into each API path or media type and each event's envelope. 2. Keep the schema of each version in the repository. 3. Refuse versions that are not known with a clear error. 4. Raise it on each breaking change. 5. Search for events and routes that carry none.",
  gates: ['merge'],
  standards: ['C'],
  proof: ['repo', 'probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
