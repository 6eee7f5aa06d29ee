import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'API-03',
  title: 'Live answers conform to it',
  why: 'Clients generated from the description fail on the first answer that departs from it, in production and one field at a time.',
  fix: 'Make answer and description from one schema, document the errors too, and validate answers against it in the tests. Give operations examples that work in the sandbox.',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: { exercisedPercentMin: 60 },
}
