import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-01',
  title:
    'No deploy unless every control of the gate is green for that very artifact; there is no flag, role or setting that lets one through',
  why: 'A gate that can be walked around is walked around in the one night in which it would have helped. Knight Capital lost 440 million dollars in 45 minutes to a release that nothing had to approve.',
  fix: 'Let `greengate deploy` start the deploy command and let nothing else hold its credentials: declare `deploy.command` and `deploy.credentials`, take the credentials out of every other job, and remove the pipeline steps that deploy by themselves.',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['rollout'],
  scope: ['system'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
