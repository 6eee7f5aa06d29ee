import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OPS-07',
  title: 'Handoff pack: documents, roster, access, certificates, keys, with nothing missing',
  why: "A hand-over with a gap is found when it hurts: nobody can renew the domain, the certificate belongs to a former colleague's account.",
  fix: '1. List documents, roster, accesses, certificates, keys, domains and contracts, each with place and owner. 2. Check that each exists and that the new owner can open it. 3. Transfer accounts from persons to teams. 4. Let the new team do a deploy and a restore by themselves. 5. Sign the pack.',
  gates: ['handoff'],
  standards: ['R'],
  proof: ['repo', 'record'],
  scope: ['team', 'system'],
  binds: ['tree', 'environment'],
  maxAgeS: 604800,
  params: {},
}
