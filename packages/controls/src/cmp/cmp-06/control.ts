import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CMP-06',
  title: "Network segments: internal ports can't be reached from outside",
  why: "In a flat network one weak machine is all of them: Target lost 40 million cards in 2013 by way of a ventilation contractor's account.",
  fix: '1. Put databases, caches, queues and admin ports into segments that only named services reach. 2. Deny by default, in code. 3. Scan from outside and from each segment and compare with the declared list. 4. Close the rest. 5. Alert on a new open port.',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['probe', 'repo'],
  scope: ['environment'],
  binds: ['tree', 'environment'],
  maxAgeS: 604800,
  params: {},
}
