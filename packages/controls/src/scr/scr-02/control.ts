import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SCR-02',
  title: 'No secret or personal value in logs, metric labels, traces or error bodies',
  why: 'Logs are copied to places with far more readers than the database. Twitter asked 330 million people to change their passwords in 2018 because passwords had been written to an internal log in clear.',
  fix: "1. Log named fields from an allow-list instead of whole requests, headers or error objects. 2. Hash or drop personal values before they become a log field, label or span attribute. 3. Build error bodies from the registry's texts alone. 4. Send marked canary values through every route and search all outputs for them.",
  gates: ['deploy'],
  standards: ['C'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
