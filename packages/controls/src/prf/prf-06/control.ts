import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'PRF-06',
  title: 'Static assets: hashed, immutable, compressed, and served from a CDN address where one is declared',
  why: 'Assets that are fetched again on each visit make every page slow and the bill high; assets that are cached under an old name show people a broken mix after a release.',
  fix: "1. Name each asset by its content's hash. 2. Serve it with a year's lifetime and `immutable`, the page itself with `no-cache`. 3. Compress with brotli and gzip at build time. 4. Serve from the CDN's address where one is declared. 5. Keep the previous release's assets.",
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'artifact'],
  maxAgeS: 604800,
  objectFact: 'browser-client',
  params: {},
}
