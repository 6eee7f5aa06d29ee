import { whole } from '../limits/rate-limit.ts'
import { hashed } from './fingerprint.ts'
import type { IdempotencyStore } from './store.ts'

/** Remembers which messages were seen, so that one that is delivered twice is acted on once. */
export interface ReplayStore {
  /**
   * True for the first caller with this id, on whatever replica, until `ttlS` is over; false for every other.
   * @param id Of the message, as its sender made it unique; any string.
   * @param ttlS Whole seconds, 1 to 31,536,000: longer than a sender goes on redelivering.
   */
  once(id: string, ttlS: number): Promise<boolean>
  /** Lets the message be delivered again, when acting on it failed. */
  forget(id: string): Promise<void>
}

/** Messages need no owner: whoever acts on one may also give it up. */
const TOKEN = 'once'

/**
 * A replay store in memory, PostgreSQL or Redis: whatever keeps idempotency keys. It rejects when the store can't be
 * asked; answer 503 then, and the sender delivers again.
 *
 * @param namespace Keeps senders apart in one store; `[a-z0-9-]`, 1 to 32 characters. Default `replay`.
 * @throws RangeError for a malformed namespace
 * @example
 * const replays = createReplayStore(new RedisIdempotencyStore(nodeRedis(client)))
 * if (!(await replays.once(event.id, 7 * 86_400))) return { status: 200 }
 */
export function createReplayStore(store: IdempotencyStore, namespace = 'replay'): ReplayStore {
  if (!/^[a-z0-9-]{1,32}$/.test(namespace))
    throw new RangeError(`namespace ${JSON.stringify(namespace)}: expected 1 to 32 of a-z, 0-9, "-"`)
  const idOf = (id: string): string => hashed(namespace, id)
  return {
    async once(id, ttlS) {
      whole(ttlS, 1, 31_536_000, 'ttlS')
      const found = await store.begin({ id: idOf(id), fingerprint: '', token: TOKEN, leaseMs: ttlS * 1000 })
      return found.state === 'started'
    },
    async forget(id) {
      await store.release({ id: idOf(id), token: TOKEN })
    },
  }
}
