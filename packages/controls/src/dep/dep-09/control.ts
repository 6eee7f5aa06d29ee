import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-09',
  title: 'Status page updated and stakeholders told',
  why: "During the S3 outage of 2017 Amazon's status page stayed green, for it ran on S3 itself; customers learnt of it from each other.",
  fix: '1. Host the status page and its notices apart from the product. 2. Update it from the deployment and from the incident, not by memory. 3. List who is told for which severity. 4. Send to a local receiver in a drill and check content and time. 5. Alert if sending fails.',
  gates: ['watch'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['system'],
  binds: ['config', 'environment'],
  maxAgeS: 604800,
  params: {},
}
