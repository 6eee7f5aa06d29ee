import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-18',
  title: 'Given a correlation id, one command finds its logs, trace and error',
  why: "Support has an id from a customer's screenshot. If finding its story takes three tools and an hour, most stories are never looked up.",
  fix: '1. Use the same id as field in logs, attribute in traces and tag in the error tracker. 2. Index that field in each. 3. Write one command that takes the id and prints all three in order of time. 4. Cause an error, take the id from its body, and run the command.',
  gates: ['deploy'],
  standards: ['R'],
  proof: ['drill'],
  scope: ['system'],
  binds: ['tree', 'config', 'environment'],
  maxAgeS: 604800,
  params: {},
}
