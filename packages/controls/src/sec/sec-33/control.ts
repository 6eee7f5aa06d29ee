import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-33',
  title: 'Personal answers are never publicly cacheable, and cache keys hold the tenant',
  why: 'On Christmas 2015 a cache rule showed Steam customers the account pages of others. A key without the tenant does it within one service too.',
  fix: '1. Send `Cache-Control: private, no-store` on each answer that depends on who asks, errors included. 2. Put tenant and user into every inner cache key. 3. Vary on what decides the answer. 4. Ask as two tenants in turn through the real edge and compare bodies.',
  gates: ['deploy'],
  standards: [],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'http',
  params: {},
}
