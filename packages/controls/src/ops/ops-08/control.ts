import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OPS-08',
  title: 'Game day each month: database killed, network slowed, CPU spiked',
  why: 'What was practised a year ago no longer works, as people, versions and load have changed. Only regular drills keep the way out open.',
  fix: '1. Fix a day each month. 2. Kill the database, slow the network, take the processor, in an environment with load. 3. Predict first what will be seen and which alert fires. 4. Record times and surprises as evidence. 5. Turn each surprise into a work item with an owner.',
  gates: ['operate'],
  standards: ['C'],
  proof: ['drill'],
  scope: ['system'],
  binds: ['environment'],
  maxAgeS: 2592000,
  params: {},
}
