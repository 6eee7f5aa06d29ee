import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'QLT-08',
  title: 'The change was reviewed, its documents and environment-variable differences with it',
  why: "A second pair of eyes finds what the author can't see. A new required variable that nobody noticed in review stops the next deploy.",
  fix: "1. Protect the branch: at least one approval of the last commit by somebody other than the author. 2. Post the difference of environment variables and of documents to the change. 3. Drop approvals on new commits. 4. Read the forge's record for each merged commit. 5. Allow no bypass for administrators.",
  gates: ['merge'],
  standards: ['F', 'R'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
