import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-07',
  title: 'Backups are encrypted',
  why: 'Backups leave the guarded system and are guarded less. The vault copies stolen from LastPass in 2022 could be worked on at leisure, and their unencrypted fields simply read.',
  fix: "1. Encrypt before the backup leaves the host, with a key that is not stored beside it. 2. Keep the bucket private and write-once. 3. Write canary rows, take a backup and search its bytes for them. 4. Restore with the key, and fail to restore without it. 5. Rehearse losing the key's usual holder.",
  gates: ['operate'],
  standards: ['F'],
  proof: ['drill'],
  scope: ['environment'],
  binds: ['tree', 'environment'],
  maxAgeS: 2592000,
  objectFact: 'database',
  params: {},
}
