import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-23',
  title: 'Each failure mode in the architecture document raises its own alert',
  why: 'A failure mode that the team wrote down and does not alert on is an outage it predicted and will hear of from customers.',
  fix: '1. Number the failure modes in the architecture document. 2. Name for each the alert that must fire. 3. Inject each one in a sandbox and record which alerts fire. 4. Add the missing ones and split those that fire for everything. 5. Repeat when the document changes.',
  gates: ['deploy'],
  standards: ['F'],
  proof: ['drill'],
  scope: ['system'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
