import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-12',
  title: 'API keys: scoped, hashed at rest, revocable',
  why: "An API key sits in scripts and chat logs for years. If it opens everything, is stored readable and can't be revoked, one leak is the whole account.",
  fix: '1. Generate at least 128 random bits with a recognisable prefix. 2. Store a digest only and show the key once. 3. Bind it to scopes and an expiry, and check both on each route. 4. Revoke at once on all instances. 5. Look in the table and try a revoked key.',
  gates: ['deploy'],
  standards: ['F'],
  proof: ['probe', 'data'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'api-keys',
  params: {},
}
