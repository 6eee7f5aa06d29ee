import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-13',
  title:
    'Feature flags and kill switches: each listed feature goes off (by flag at once, by environment with a restart), answers its own 503 code (`<feature>_unavailable`), and nothing else changes; cache lifetimes can be overridden',
  why: 'Without a working off switch the only cure for a bad feature is a deploy under pressure. Knight Capital lost 440 million dollars in 45 minutes in 2012 when a reused flag woke dead code and nobody could turn it off.',
  fix: "1. List the features that must be switchable. 2. Guard each with a flag read at request time and an environment variable read at start. 3. Answer 503 with the code `<feature>_unavailable` while it is off. 4. Make cache lifetimes variables too. 5. Never give an old flag's name to something new.",
  gates: ['deploy'],
  standards: ['R', 'S', 'F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
