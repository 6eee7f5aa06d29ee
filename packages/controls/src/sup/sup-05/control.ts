import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SUP-05',
  title:
    'CI has no safety valves: ignored exit codes, continue-on-error, allowed failures, pass-with-no-tests, focused or skipped tests',
  why: 'A pipeline that is green whatever the tests say is worse than none, because people rely on it. Most valves were meant for one evening.',
  fix: 'Remove what turns a failure into a success: `|| true`, `continue-on-error`, `allow_failure`, `--passWithNoTests`, `.only` and `.skip`. Mend or delete the test. A skip that names a condition (`skipIf`, `skipif`) is accepted: it runs somewhere.',
  gates: ['merge'],
  standards: ['C'],
  proof: ['repo'],
  scope: ['system'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
