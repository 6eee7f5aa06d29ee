import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OPS-03',
  title: 'On-call roster covers every hour, and escalation contacts exist and are current',
  why: 'An hour that nobody covers is when the page goes unanswered, and the contact who left last year is the one on the list.',
  fix: '1. Keep the roster in the on-call tool and read it from there. 2. Look for gaps in the next 30 days, holidays and hand-overs included. 3. Give each shift a second person. 4. Check that each contact exists and confirmed the number lately. 5. Sign the record and renew it monthly.',
  gates: ['deploy', 'operate', 'handoff'],
  standards: ['F', 'R'],
  proof: ['record'],
  scope: ['team'],
  binds: ['environment'],
  maxAgeS: 2592000,
  params: { horizonDays: 30 },
}
