import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-21',
  title:
    'Hostile input: deep nesting, catastrophic patterns, giant pages: the process lives and its event loop is not blocked',
  why: 'One crafted input stops a single-threaded process for everybody: 20,000 spaces took Stack Overflow down in July 2016, one pattern Cloudflare in July 2019.',
  fix: '1. Bound the depth, keys and bytes of parsed bodies. 2. Replace nested quantifiers, or use a linear-time engine. 3. Cap page sizes on the server. 4. Move long computations off the event loop. 5. Send nested, repetitive and giant input to a disposable instance while measuring its loop lag.',
  gates: ['deploy'],
  standards: [],
  proof: ['probe', 'drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'http',
  params: {},
}
