import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-02',
  title: 'Security headers and a working content security policy',
  why: 'Without them a browser guesses types, frames the page into another one and follows a downgraded link; on error pages, where they are forgotten, injected text runs.',
  fix: "Set them in one hook that runs for every answer: content-security-policy (for an API `default-src 'none'; frame-ancestors 'none'`), x-content-type-options: nosniff, strict-transport-security, referrer-policy. Remove x-powered-by.",
  gates: ['deploy'],
  standards: ['S'],
  proof: ['probe', 'browser'],
  scope: ['component', 'edge'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: { hstsMaxAgeS: 15552000 },
}
