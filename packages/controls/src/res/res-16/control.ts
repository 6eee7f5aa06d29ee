import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-16',
  title: 'Disk full: no crash, no lost acknowledged write',
  why: 'A full disk is reached by logs, uploads or a forgotten dump. A service that then crashes, or answers yes to a write it could not store, loses data exactly when no one can log in.',
  fix: '1. Bound logs and temporary files by size. 2. On `ENOSPC` answer 507 or 503 and keep serving reads. 3. Never acknowledge before the write is synced. 4. Alert at 80 %. 5. Fill the volume of a disposable instance, write, free it, and look up every acknowledged write.',
  gates: ['operate'],
  standards: [],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 2592000,
  params: {},
}
