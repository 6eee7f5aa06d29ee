import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-02',
  title:
    'One envelope `{error:{code,message,details,request_id,help}}` (request_id a UUID, help a link that resolves) on every error path: 400 404 405 413 415 422 401 403 409 429 500 503 and malformed bodies',
  why: 'An error that comes as HTML from a proxy, a framework or a parser breaks the client that expects JSON just when it needs to say what happened, and support has no id to search for.',
  fix: "Make every error answer in one place: unknown routes, wrong methods, parser errors, limits and failures of dependencies included. Give each the policy's envelope; send 405 with Allow, 413, 415 and 422 as what they are; serve the page that `help` links to.",
  gates: ['deploy'],
  standards: ['S'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: { envelope: 'greengate' },
}
