import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OPS-11',
  title: 'Alerting reaches a person: a test page is delivered on every declared channel (chat and phone)',
  why: "GitLab's backups failed unseen in 2017 because the mails that said so were rejected. The last yard, from the alert to the person, is the one nobody tests.",
  fix: '1. Send a test page through each declared channel every week. 2. Have it acknowledged by the person on call, within the time promised. 3. Escalate when it is not. 4. Alert by another channel when delivery fails. 5. Break each channel at a local receiver and see the next one take over.',
  gates: ['operate'],
  standards: ['R'],
  proof: ['drill'],
  scope: ['system', 'team'],
  binds: ['config', 'environment'],
  maxAgeS: 2592000,
  params: {},
}
