import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'QLT-04',
  title: 'Coverage 90 % (framework floor 80 %), not below the base',
  why: 'What no test runs, users run first. A percentage over only those files that tests happened to load hides exactly the modules that nobody tested.',
  fix: 'Test the files named first: those that no test loads at all. Let the coverage tool count every source file (`--coverage.include`, `collectCoverageFrom`, `--cov=.`), and write lcov or Cobertura to the file named in `tree.coverageReport`.',
  gates: ['code', 'merge'],
  standards: ['S', 'F'],
  proof: ['repo'],
  scope: ['system'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: { linesPercentMin: 80, uncountedPercentMax: 10 },
  standardParams: { S: { linesPercentMin: 90 }, F: { linesPercentMin: 80 } },
}
