import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'QLT-10',
  title: 'Public functions are documented: arguments, result, errors',
  why: 'Callers guess what a function does with nothing, which unit it takes, and what it throws; each guess is a defect in waiting.',
  fix: '1. List exported functions from the syntax tree. 2. Document arguments with units and limits, the result, and each error with its condition. 3. Start with those that other packages call. 4. Compare names of parameters with the code in CI. 5. Remove exports that nobody uses.',
  gates: ['merge'],
  standards: ['S'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
