import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-21',
  title: 'An unknown path is not answered 200, so that a mistyped probe is found',
  why: 'Where a catch-all answers 200, a health probe with a typing error in its path is green for ever, and the outage that it should have found is reported by customers.',
  fix: 'Answer 404 to every path that no route serves. Serve the shell of a web client only for navigations (`Accept: text/html`) and never below the prefixes of the API and of the probes.',
  gates: ['deploy'],
  standards: [],
  proof: ['probe'],
  scope: ['component', 'edge'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'http',
  params: {},
}
