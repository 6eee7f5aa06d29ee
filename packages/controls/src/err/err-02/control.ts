import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-02',
  title: 'One envelope `{error:{code,message,details,request_id,help}}` (request_id a UUID, help a link that resolves) on every error path: 400 404 405 413 415 422 401 403 409 429 500 503 and malformed bodies',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
