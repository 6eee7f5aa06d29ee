import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'QLT-01',
  title: 'No lint error, one code style',
  why: 'Linters find the promise nobody awaits and the variable nobody sets before users do; a tree without one style drowns real changes in noise, so reviewers stop reading.',
  fix: 'Run the lint command and mend what it names. Add a formatter with a check (`prettier --check .`, `ruff format --check`) and run it once over the tree.',
  gates: ['code', 'merge', 'deploy'],
  standards: ['S', 'F', 'C', 'R'],
  proof: ['repo'],
  scope: ['system'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: { filesPercentMin: 50 },
}
