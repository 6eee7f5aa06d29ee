import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-30',
  title: "Addresses given by users can't reach the inside (SSRF)",
  why: "A picture address typed by a user became a call to the cloud's metadata service: that is how 100 million people's data left Capital One in 2019.",
  fix: '1. Allow listed hosts where possible. 2. Else resolve the name, refuse private, loopback, link-local and metadata ranges, and connect to that very address. 3. Check again after each redirect. 4. Send through an egress proxy. 5. Offer addresses of a local listener in all spellings and see that it is never called.',
  gates: ['deploy'],
  standards: [],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
