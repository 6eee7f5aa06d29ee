import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'QLT-03',
  title: 'Tests pass, and tests were in fact run',
  why: 'A test command that finds no tests exits 0 just as one whose tests all pass: after a renamed folder or a forgotten `.only`, a pipeline is green for months while nothing is tested, and the first to notice are customers.',
  fix: 'Mend the tests that fail. Remove `.only` and needless skips. Make the test command write a JUnit report and name it in `tree.testReport`, so that the number of tests can be read.',
  gates: ['code', 'merge', 'deploy'],
  standards: ['S', 'F', 'G', 'C', 'R'],
  proof: ['repo'],
  scope: ['system'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: { skippedPercentMax: 50 },
}
