import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-07',
  title: 'Passwords are argon2id or bcrypt at current cost',
  why: "Stolen password tables are tried offline. LinkedIn's unsalted SHA-1 hashes of 2012 were nearly all recovered; with argon2id each guess costs the attacker real money.",
  fix: "1. Hash with argon2id (19 MiB, two passes) or bcrypt at cost 12 or more. 2. Store the parameters in the hash. 3. Rehash at sign-in what is below today's cost. 4. Expire accounts that still hold an old scheme. 5. Bound concurrent hashing so that it can't be used to starve the service.",
  gates: ['deploy'],
  standards: ['F'],
  proof: ['data'],
  scope: ['component'],
  binds: ['tree', 'environment'],
  maxAgeS: 604800,
  objectFact: 'sign-in',
  params: { minBcryptCost: 12, minArgon2MemoryKib: 19456, minArgon2Passes: 2 },
}
