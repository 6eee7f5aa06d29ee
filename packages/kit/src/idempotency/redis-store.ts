import { type RedisCommands, RedisScript } from '../limits/redis-commands.ts'
import { type IdempotencyStore, IdempotencyStoreError, type StoredState } from './store.ts'

export interface RedisIdempotencyStoreOptions {
  /** Put before every id; up to 64 characters. Default `idem:`. */
  readonly prefix?: string
}

const begin = new RedisScript(`
local held = redis.call('HMGET', KEYS[1], 'fingerprint', 'answer')
if held[1] then
  if held[2] then return {'completed', held[1], held[2]} end
  return {'held', held[1], redis.call('PTTL', KEYS[1])}
end
redis.call('HSET', KEYS[1], 'fingerprint', ARGV[1], 'token', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {'started'}
`)
const complete = new RedisScript(`
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] or redis.call('HEXISTS', KEYS[1], 'answer') == 1 then return 0 end
redis.call('HSET', KEYS[1], 'answer', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`)
const release = new RedisScript(`
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] or redis.call('HEXISTS', KEYS[1], 'answer') == 1 then return 0 end
return redis.call('DEL', KEYS[1])
`)

/**
 * Keys in Redis 7.0 or later; each expires by itself. Use a server that does not evict (`noeviction`) and keeps an append
 * only file: a key that is lost is a request that may be done twice.
 *
 * @example
 * const store = new RedisIdempotencyStore(nodeRedis(client))
 */
export class RedisIdempotencyStore implements IdempotencyStore {
  readonly #redis: RedisCommands
  readonly #prefix: string

  /** @throws RangeError for a prefix of more than 64 characters */
  constructor(redis: RedisCommands, options: RedisIdempotencyStoreOptions = {}) {
    this.#redis = redis
    this.#prefix = options.prefix ?? 'idem:'
    if (this.#prefix.length > 64) throw new RangeError('a prefix for keys has at most 64 characters')
  }

  async begin(entry: { id: string; fingerprint: string; token: string; leaseMs: number }): Promise<StoredState> {
    const values = [entry.fingerprint, entry.token, String(Math.ceil(entry.leaseMs))]
    const found = await begin.run(this.#redis, [this.#prefix + entry.id], values)
    if (Array.isArray(found)) {
      const [state, fingerprint, third]: readonly unknown[] = found
      if (state === 'started') return { state }
      if (state === 'held' && typeof fingerprint === 'string' && typeof third === 'number')
        return { state, fingerprint, remainingMs: Math.max(0, third) }
      if (state === 'completed' && typeof fingerprint === 'string' && typeof third === 'string')
        return { state, fingerprint, answer: third }
    }
    throw new IdempotencyStoreError('store_malformed', 'Redis answered something that is no state of a key')
  }

  async complete(entry: { id: string; token: string; answer: string; ttlMs: number }): Promise<boolean> {
    const values = [entry.token, entry.answer, String(Math.ceil(entry.ttlMs))]
    return (await complete.run(this.#redis, [this.#prefix + entry.id], values)) === 1
  }

  async release(entry: { id: string; token: string }): Promise<boolean> {
    return (await release.run(this.#redis, [this.#prefix + entry.id], [entry.token])) === 1
  }
}
