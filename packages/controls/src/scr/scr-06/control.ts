import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SCR-06',
  title:
    'Token signing key rotation: tokens from the old key pass during the overlap and fail after it; no request is lost, and sessions that must end are ended',
  why: "A signing key that cannot be changed without throwing everybody out is never changed. Microsoft's breach of 2023 used a consumer signing key from 2016 that should have been retired years before.",
  fix: '1. Put a key id into every token and publish the set of valid keys. 2. Sign with the new key while the old one still verifies for the longest life of a token. 3. Remove the old key and refuse its tokens. 4. End the sessions that must not survive. 5. Rehearse it under load and count failed requests.',
  gates: ['deploy', 'operate'],
  standards: ['G', 'R'],
  proof: ['drill'],
  scope: ['system'],
  binds: ['tree', 'config', 'environment'],
  maxAgeS: 2592000,
  objectFact: 'signed-tokens',
  params: {},
}
