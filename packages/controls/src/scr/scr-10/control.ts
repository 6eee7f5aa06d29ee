import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SCR-10',
  title: 'CI holds no long-lived cloud keys (short-lived identity tokens only)',
  why: 'A long-lived cloud key in CI is readable by every workflow and every compromised step. CircleCI had to ask all customers in January 2023 to rotate everything they had stored there.',
  fix: "1. Register the CI's identity provider with the cloud and give each workflow a role bound to repository, branch and environment. 2. Request a short-lived identity token in the job. 3. Delete the static keys from the CI's secrets and revoke them at the cloud. 4. Fail the build on a static key variable in a workflow.",
  gates: ['merge'],
  standards: ['R'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  objectFact: 'pipeline',
  params: {},
}
