import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-14',
  title:
    'Mobile releases: version raised, release build verified, update channel can be pinned back and a bad update revoked',
  why: "A mobile release can't be taken back: those who installed it keep it. A bad update over the air reaches all within hours.",
  fix: '1. Raise version and build number in CI. 2. Verify signature, bundle id and that no debug flag is set in the built file. 3. Pin the update channel to a release and roll it out in steps. 4. Rehearse pinning back and revoking an update. 5. Let the server name the lowest version it accepts.',
  gates: ['deploy'],
  standards: ['R'],
  proof: ['artifact'],
  scope: ['component'],
  binds: ['artifact'],
  maxAgeS: 604800,
  objectFact: 'mobile-client',
  params: {},
}
