import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock, Random } from '@greengate/contracts'

/** The machine's clock. `sleep` ends early, without an error, when its signal aborts. */
export function createSystemClock(): Clock {
  return {
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    async sleep(ms, signal) {
      await delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined)
    },
  }
}

/** The machine's cryptographic randomness. */
export function createRandom(): Random {
  return {
    next: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
    hex: (bytes) => randomBytes(bytes).toString('hex'),
  }
}
