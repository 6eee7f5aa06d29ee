import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-05',
  title: 'Rollback tested, under 5 minutes, code and, where the release changed data, database snapshot',
  why: "A way back that was never walked is closed when it is needed: migrations can't be undone, the image is gone, nobody has the rights.",
  fix: '1. Provide one command that goes back to the previous release. 2. Take a snapshot before a release that changes data and know what is lost by returning to it. 3. Keep schemas compatible so that code alone suffices. 4. Rehearse before each release and time it: five minutes. 5. Verify answers afterwards.',
  gates: ['deploy'],
  standards: ['S', 'F', 'R'],
  proof: ['drill'],
  scope: ['system'],
  binds: ['artifact', 'config', 'environment'],
  maxAgeS: 604800,
  params: { maxRollbackS: 300 },
}
