import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OPS-12',
  title: "The work item holds the decisions, test cycles and outcome; the deployment's result is written back to it",
  why: 'Half a year later somebody undoes a decision since its reason was said in a meeting and written nowhere.',
  fix: '1. Write decisions, test cycles and outcome into the work item while working. 2. Let the pipeline add test results and artifact digest. 3. Let the deployment add its result, rolled back or not. 4. Retry when the forge is away. 5. Deploy against a local forge and read the item.',
  gates: ['deploy', 'watch'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['system'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
