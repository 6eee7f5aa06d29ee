import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OPS-02',
  title: 'Incident response plan, practised',
  why: 'The first incident is a bad time to agree who leads. Roles that were never practised collide: two people repair, nobody tells the customers.',
  fix: '1. Write roles, severities, channels, and when to involve law and the press; the GDPR gives 72 hours. 2. Name deputies. 3. Keep it readable when your own systems are down. 4. Practise twice a year with a scenario and a clock. 5. Record what was slow and mend it.',
  gates: ['deploy', 'operate'],
  standards: ['F', 'R'],
  proof: ['drill', 'record'],
  scope: ['team'],
  binds: ['tree', 'environment'],
  maxAgeS: 2592000,
  params: {},
}
