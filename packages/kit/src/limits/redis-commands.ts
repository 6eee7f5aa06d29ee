import { createHash } from 'node:crypto'

/** What is needed of a Redis client: one command, as a list of strings. */
export interface RedisCommands {
  command(parts: readonly string[]): Promise<unknown>
}

/**
 * The port for a client of the `redis` package (node-redis). Connect it with `disableOfflineQueue: true`: what is asked
 * while the server is away should fail at once, not wait in a queue.
 */
export function nodeRedis(client: { sendCommand(parts: string[]): Promise<unknown> }): RedisCommands {
  return { command: (parts) => client.sendCommand([...parts]) }
}

/** The port for a client of the `ioredis` package. Connect it with `enableOfflineQueue: false`. */
export function ioRedis(client: { call(command: string, ...parts: string[]): Promise<unknown> }): RedisCommands {
  return { command: ([name = '', ...parts]) => client.call(name, ...parts) }
}

/** A Lua script that is sent whole only to a server that does not have it yet. */
export class RedisScript {
  readonly #source: string
  readonly #sha: string

  constructor(source: string) {
    this.#source = source
    this.#sha = createHash('sha1').update(source).digest('hex')
  }

  async run(redis: RedisCommands, keys: readonly string[], values: readonly string[]): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...values]
    try {
      return await redis.command(['EVALSHA', this.#sha, ...rest])
    } catch (error) {
      // A restart or SCRIPT FLUSH forgets scripts; anything else is the caller's to know.
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
      return redis.command(['EVAL', this.#source, ...rest])
    }
  }
}
