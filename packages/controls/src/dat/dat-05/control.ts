import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-05',
  title: 'Automated backups, nightly, kept 30 days, and a manual backup command that works',
  why: 'GitLab found in January 2017 that none of its five ways of backup had worked: the dumps had been failing unseen, and the mails that said so were rejected.',
  fix: "1. Take a full backup each night and ship the log in between. 2. Check exit codes of every stage, the size against yesterday's, and list its contents. 3. Keep 30 days in another account and region. 4. Alert on a missing backup. 5. Provide one command for a manual one and run it.",
  gates: ['operate'],
  standards: ['R', 'C', 'F'],
  proof: ['data', 'record'],
  scope: ['environment'],
  binds: ['environment'],
  maxAgeS: 2592000,
  objectFact: 'database',
  params: { maxAgeS: 93600, minRetentionDays: 30 },
}
