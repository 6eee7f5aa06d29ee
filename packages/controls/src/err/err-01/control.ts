import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-01',
  title:
    'Closed taxonomy: every error answer carries a code from one registry that gives class, status, retriable, retry-after, help; upstream timeout retriable after 5 s, rate limit after 60, internal after 30, validation and not-found never (or as declared)',
  why: 'Clients that meet an unknown error can only guess whether to try again; those that guess wrong turn a short disturbance into a storm of retries, or give up on what would have worked.',
  fix: 'Put every code into one registry with class, status, retriable, retryAfterS (null where not retriable) and help. Make errors from it alone. Serve it at `GET /errors` as `{codes: {CODE: {...}}}`, name it in `x-error-registry` of the OpenAPI description, or keep `errors.registry.json` in the tree: it is looked for at these three places.',
  gates: ['deploy'],
  standards: ['C', 'G', 'S'],
  proof: ['probe', 'repo'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
