import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-22',
  title: 'Seed, reset and other destructive tools refuse a production database',
  why: "Keepthescore lost its production database in 2020 to a script that was meant for the developer's own; GitLab to a command on the wrong host.",
  fix: "1. Let each destructive tool ask the database which environment it is, from a row in it. 2. Refuse production outright, with no force switch. 3. Show target and counts, and have the name typed. 4. Give developers' machines no network path and no credentials to it. 5. Run each tool on a database marked production.",
  gates: ['deploy'],
  standards: [],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'database',
  params: {},
}
