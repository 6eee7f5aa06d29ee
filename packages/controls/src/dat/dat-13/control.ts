import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-13',
  title: "Plan, subscription, invoice: the flow's invariants hold",
  why: 'A subscription without an invoice gives the product away; two invoices for one period charge people twice and cost their trust.',
  fix: "1. Write the flow's states and allowed transitions down. 2. Enforce them with constraints: one open subscription per organisation and plan, one invoice per period. 3. Make each step idempotent. 4. Drive upgrades, cancellations and failures in odd orders. 5. Check that invoice lines add up to usage and price.",
  gates: ['deploy'],
  standards: ['G'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'billing',
  params: {},
}
