import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SCR-01',
  title: 'No secret in the tree or its history',
  why: 'Whoever can read the repository, or ever could, holds every key in it; keys pushed to a public one are used within minutes, and deleting the file leaves them in the history.',
  fix: 'Revoke the key first, for it is known. Then take it out of the tree, supply it from outside, and, where that is worth it, rewrite the history. A private key counts wherever it lies, test folders included: make test keys when the tests run.',
  gates: ['merge'],
  standards: ['C', 'F', 'R'],
  proof: ['repo'],
  scope: ['system'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
