import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CMP-08',
  title: 'Minimisation: no personal field is accepted, stored or returned that no declared purpose reads',
  why: 'What was never collected cannot leak. Fields kept just in case are the ones that make a breach expensive.',
  fix: '1. Map each personal field to the purpose and the code that reads it. 2. Remove fields without one from forms, schemas and answers, then from tables. 3. Return per role only what the view shows. 4. Shorten precision: year instead of birth date. 5. Send undeclared fields and see them refused, not stored.',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['data', 'probe'],
  scope: ['component'],
  binds: ['tree', 'environment'],
  maxAgeS: 604800,
  objectFact: 'personal-data',
  params: {},
}
