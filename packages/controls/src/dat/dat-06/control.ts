import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-06',
  title: 'Restore tested, into a clean target',
  why: "A backup is a hope until it was restored. GitLab's only usable copy in 2017 was six hours old and there by chance; thousands of projects' last changes were lost.",
  fix: '1. Restore the newest backup into a clean target with one command. 2. Compare row counts and checksums table by table with those of the snapshot. 3. Start the service on it and call its critical paths. 4. Measure data lost and time taken against the targets. 5. Repeat every month.',
  gates: ['deploy', 'operate'],
  standards: ['G', 'C', 'F'],
  proof: ['drill'],
  scope: ['environment'],
  binds: ['tree', 'environment'],
  maxAgeS: 2592000,
  objectFact: 'database',
  params: {},
}
