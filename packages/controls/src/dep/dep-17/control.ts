import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-17',
  title:
    'Launch debts are paid: high items within 7 days of launch, medium within 30, then deploys stop (rollbacks do not)',
  why: 'What is put off for after the launch stays. A year later it is the cause in a post-mortem, with a ticket number on it.',
  fix: '1. Record each debt at launch with severity, owner and date. 2. High ones are due in 7 days, medium ones in 30. 3. Show them in every verdict. 4. Let the gate stop deploys when one is overdue; rollbacks go on. 5. Close one only with evidence of its control.',
  gates: ['deploy', 'operate'],
  standards: ['C'],
  proof: ['rollout'],
  scope: ['system'],
  binds: ['environment'],
  maxAgeS: 2592000,
  params: { highDueDays: 7, mediumDueDays: 30 },
}
