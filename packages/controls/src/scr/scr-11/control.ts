import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SCR-11',
  title:
    "Least privilege: the service's database role can neither change the schema nor read other schemas; third-party roles are on a roster",
  why: "With an all-powerful database role any injected statement can drop tables or read the neighbour's data, and an over-privileged third party's token turns its breach into yours.",
  fix: '1. Create one role to migrate and another to serve, with rights on named tables only. 2. Revoke `CREATE` and the rights of `PUBLIC` on schemas. 3. Try the forbidden statements as the serving role. 4. Keep a roster of third-party roles with owner, scope and review date, and cut what is unused.',
  gates: ['deploy'],
  standards: ['R', 'S'],
  proof: ['data', 'record'],
  scope: ['component'],
  binds: ['tree', 'environment'],
  maxAgeS: 604800,
  objectFact: 'database',
  params: {},
}
