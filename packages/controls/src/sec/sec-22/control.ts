import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-22',
  title: 'Data keys rotate; old rows still read',
  why: "A data key that can't change protects less each year, and a rotation that loses old rows destroys what it should protect.",
  fix: "1. Store the key's id beside each value. 2. Encrypt with the newest and decrypt with any listed key. 3. Re-encrypt old rows in batches that can be interrupted. 4. Remove a key only when no row names it. 5. Rotate in a copy, read all old rows, and compare them.",
  gates: ['operate'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  objectFact: 'personal-data',
  params: {},
}
