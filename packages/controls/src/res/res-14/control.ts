import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-14',
  title: 'Push: a first try and at most 3 backed-off retries, then the token expires; duplicate errors disable a token',
  why: 'Endless retries to dead devices get the sender throttled by the push provider for everybody, and duplicates annoy people until they turn notifications off.',
  fix: "1. One first try and at most three retries with growing waits. 2. Then mark the token expired. 3. Disable a token on the provider's not-registered or repeated duplicate errors. 4. Store the outcome per token. 5. Let a stub provider answer each error and count the sends.",
  gates: ['deploy'],
  standards: ['R'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'push',
  params: { maxRetries: 3 },
}
