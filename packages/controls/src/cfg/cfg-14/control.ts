import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-14',
  title: 'Every backing service is reachable, of a supported version, over TLS where it leaves the host',
  why: 'A backing service that cannot be reached, is too old or is spoken to in clear text shows up as strange failures hours after the deploy, or as passwords read off the network.',
  fix: '1. Declare for each backing service its address, supported versions and whether it leaves the host. 2. At start connect, read its version and compare. 3. Turn TLS with verification on for every connection that leaves the host, and refuse to fall back to plain text. 4. Report the result in the readiness answer.',
  gates: ['deploy'],
  standards: ['R'],
  proof: ['boot', 'probe'],
  scope: ['edge'],
  binds: ['config', 'environment'],
  maxAgeS: 604800,
  objectFact: 'dependency',
  params: {},
}
