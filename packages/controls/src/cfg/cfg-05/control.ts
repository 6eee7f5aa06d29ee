import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-05',
  title:
    'Variable registry: every variable the code reads is declared with its supplier, its reason, its format and whether it is secret; nothing declared is unread',
  why: 'A variable that only the code knows is missing on the day the service moves; one that nobody reads any more is supplied, rotated and feared for nothing.',
  fix: 'Declare each variable under `variables` in the configuration, or in the JSON file it names, with supplier, reason, format and whether it is secret. Remove what is not read. Read the environment in one module, by literal names or in a loop over the registry.',
  gates: ['merge'],
  standards: ['G'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
