import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-12',
  title: 'Each environment names its purpose, host, secrets source and owner, and owners exist',
  why: 'In an incident the first question is whose environment this is and where its secrets come from. If only one person knows, everybody waits for that person.',
  fix: '1. Keep one file with an entry for each environment: purpose, host, secrets source, owner. 2. Name owners by team or account that the directory knows, never by a first name. 3. Check in CI that every deployed environment has an entry and every owner still exists.',
  gates: ['deploy'],
  standards: ['R'],
  proof: ['repo', 'record'],
  scope: ['environment'],
  binds: ['tree', 'environment'],
  maxAgeS: 604800,
  params: {},
}
