import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-04',
  title: 'No internals leak: stacks, SQL, paths, versions',
  why: 'Stacks, SQL, paths and versions tell an attacker what to try next, and in the error path nobody looks at them until somebody else has.',
  fix: "Answer with the code and message of the registry only; log the cause under the same correlation id. Switch the framework's debug pages off in production, and strip versions from Server and X-Powered-By at the service.",
  gates: ['deploy'],
  standards: ['F'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
