import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-05',
  title: "Rate limits can't be dodged by forged forwarding headers",
  why: 'A limit that believes X-Forwarded-For from anybody limits nobody: passwords are tried with a new made-up address each time.',
  fix: 'Take the address from the connection. Read forwarding headers only if the connection comes from a proxy whose address is configured, counting from the right.',
  gates: ['deploy'],
  standards: [],
  proof: ['drill'],
  scope: ['component', 'edge'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
