import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'PRF-03',
  title: 'First load of a page under 3 s on a throttled link',
  why: "On a phone in a train a heavy page is a blank one. Every second costs a part of the visitors, and they don't write to tell.",
  fix: '1. Measure cold on a throttled link with a slow processor. 2. Split code by route and drop unused libraries. 3. Send the main content in the first answer. 4. Size and compress images; load those below later. 5. Give fonts and third parties no way to block. 6. Set a byte budget in CI.',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['browser'],
  scope: ['component'],
  binds: ['tree', 'artifact'],
  maxAgeS: 604800,
  objectFact: 'browser-client',
  params: { loadMs: 3000 },
}
