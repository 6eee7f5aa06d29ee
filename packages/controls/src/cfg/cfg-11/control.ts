import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-11',
  title: 'One command sets a clean clone up and the tests pass',
  why: 'A set-up that only works on the machines of those who wrote it keeps new people idle for days, and on the night of an incident nobody else can build a fix.',
  fix: '1. Put every step into one command that starts from a clean clone: runtime, dependencies, backing services, migrations, seed. 2. Pin the versions it installs. 3. Let CI run that command and the tests from an empty folder and an empty cache. 4. Name the command at the top of the README.',
  gates: ['code', 'handoff'],
  standards: ['R', 'F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
