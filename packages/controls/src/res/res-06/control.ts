import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-06',
  title: 'Overload: sheds with 503 and Retry-After, admitted requests keep their latency',
  why: 'A service that accepts more than it can do slows down for all until nobody gets an answer in time. Shedding a part keeps the rest of the people served.',
  fix: "1. Limit requests in flight, from a measured capacity or adaptively by latency. 2. Refuse above it at once with 503 and Retry-After, before any costly work. 3. Exempt probes. 4. Shed background work before people's requests. 5. Drive it past saturation and compare goodput and latency of what was admitted.",
  gates: ['deploy'],
  standards: ['F', 'C'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'http',
  params: { loadFactor: 10 },
}
