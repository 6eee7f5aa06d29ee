import type { LimitState, LimitTake } from './decision.ts'
import { type RedisCommands, RedisScript } from './redis-commands.ts'
import { checkTakes, type RateLimitStore } from './store.ts'
import { limitStateOf, storeKey } from './store-key.ts'

export interface RedisRateLimitStoreOptions {
  /**
   * Put before every key. Default `rl:`. Redis Cluster runs a script only on keys of one slot: there it needs a hash tag,
   * `{rl}:`, when several limits are taken together.
   */
  readonly prefix?: string
  /** Microseconds since 1970 in place of the server's clock: for tests and simulations only. */
  readonly nowUs?: () => number
}

// Doubles are exact up to 2^53 microseconds, in the year 2255; %.0f because Lua would write 1.7e+15.
const script = new RedisScript(`
local mode, now = ARGV[1], tonumber(ARGV[2])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000000 + tonumber(time[2])
end
local function put(key, used)
  redis.call('SET', key, string.format('%.0f', now + used), 'PX', string.format('%.0f', math.ceil(used / 1000)))
end
local answer, all = {}, true
for i, key in ipairs(KEYS) do
  local increment, tolerance = tonumber(ARGV[1 + 2 * i]), tonumber(ARGV[2 + 2 * i])
  local arrival = tonumber(redis.call('GET', key) or '0')
  if not arrival then return redis.error_reply('ERR not a rate limit: ' .. key) end
  local used = math.max(0, math.min(arrival - now, tolerance))
  if mode == 'take' and arrival - now > tolerance then put(key, tolerance) end
  local fits = used + increment <= tolerance
  all = all and fits
  answer[2 * i - 1] = fits and 1 or 0
  answer[2 * i] = used
end
if mode == 'peek' or (mode == 'take' and not all) then return answer end
for i, key in ipairs(KEYS) do
  local increment = tonumber(ARGV[1 + 2 * i])
  local used = answer[2 * i] + (mode == 'take' and increment or -increment)
  if used > 0 then
    put(key, used)
  else
    used = 0
    redis.call('DEL', key)
  end
  answer[2 * i - 1] = 1
  answer[2 * i] = used
end
return answer
`)

/**
 * Counters in Redis 7.0 or later, or what speaks its protocol: one script per take, on the server's clock, and every
 * key expires when its quota has come back. Give it a server, or a database, that does not evict (`noeviction`).
 *
 * @example
 * const client = createClient({ url, disableOfflineQueue: true })
 * const store = new RedisRateLimitStore(nodeRedis(client))
 */
export class RedisRateLimitStore implements RateLimitStore {
  readonly #redis: RedisCommands
  readonly #prefix: string
  readonly #nowUs: (() => number) | undefined

  /** @throws RangeError for a prefix of more than 64 characters */
  constructor(redis: RedisCommands, options: RedisRateLimitStoreOptions = {}) {
    this.#redis = redis
    this.#prefix = options.prefix ?? 'rl:'
    this.#nowUs = options.nowUs
    if (this.#prefix.length > 64) throw new RangeError('a prefix for keys has at most 64 characters')
  }

  take(takes: readonly LimitTake[]): Promise<readonly LimitState[]> {
    return this.#count('take', takes)
  }

  peek(takes: readonly LimitTake[]): Promise<readonly LimitState[]> {
    return this.#count('peek', takes)
  }

  refund(takes: readonly LimitTake[]): Promise<readonly LimitState[]> {
    return this.#count('refund', takes)
  }

  async reset(takes: readonly Pick<LimitTake, 'limit' | 'key'>[]): Promise<void> {
    if (takes.length > 0) await this.#redis.command(['DEL', ...takes.map((take) => storeKey(this.#prefix, take))])
  }

  async #count(mode: 'take' | 'peek' | 'refund', takes: readonly LimitTake[]): Promise<readonly LimitState[]> {
    checkTakes(takes)
    const keys = takes.map((take) => storeKey(this.#prefix, take))
    const values = [mode, this.#nowUs === undefined ? '' : String(this.#nowUs())]
    for (const { limit, cost } of takes) values.push(String(cost * limit.intervalUs), String(limit.toleranceUs))
    const answer = await script.run(this.#redis, keys, values)
    if (!Array.isArray(answer) || answer.length !== 2 * takes.length)
      throw new Error('the store of the rate limits answered fewer states than it was asked for')
    return takes.map((_, index) => limitStateOf(answer[2 * index], answer[2 * index + 1]))
  }
}
