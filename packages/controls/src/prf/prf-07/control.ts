import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'PRF-07',
  title: 'Cached routes are declared and hit',
  why: 'A cache that was configured and never hit is believed to carry the load, until the day it was bought for.',
  fix: '1. Declare the cached routes with lifetime and key. 2. Ask each twice, and with another query order and another user. 3. Count what reaches the backend. 4. Mend keys and `Vary` until the second request is a hit for whom it may be. 5. Check that a change shows within its lifetime.',
  gates: ['deploy'],
  standards: ['S', 'F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'cache',
  params: {},
}
