import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OPS-04',
  title:
    'Architecture document: components, data flow, failure modes, scale path with a capacity estimate; its components are those that run',
  why: "A drawing of last year's system sends people to look at parts that are gone, while the part that fails isn't on it.",
  fix: '1. List components, data flows, failure modes, and the scale path with a capacity estimate from a measurement. 2. Give each component the name that it has at run time. 3. Compare the list with what runs and what connects. 4. Add what is missing, remove what is gone. 5. Repeat in CI.',
  gates: ['merge', 'handoff'],
  standards: ['F', 'R'],
  proof: ['repo', 'probe'],
  scope: ['system'],
  binds: ['tree', 'environment'],
  maxAgeS: 604800,
  params: {},
}
