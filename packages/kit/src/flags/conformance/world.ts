/** What one scenario has: a provider of the kit in a domain of its own, a client, a context, what was evaluated. */
import { createServer, type Server } from 'node:net'
import {
  AsyncLocalStorageTransactionContextPropagator,
  type Client,
  type EvaluationContext,
  type EvaluationDetails,
  type FlagEvaluationOptions,
  type FlagValue,
  type Hook,
  type JsonValue,
  OpenFeature,
  type Provider,
} from '@openfeature/server-sdk'
import type { Pool } from 'pg'
import { createBackgroundPool } from '../../data/background-pool.ts'
import { createFlagProvider } from '../openfeature-provider.ts'
import { createPostgresFlags, type FlagSource } from '../postgres-flags.ts'
import { createStaticFlags } from '../static-flags.ts'
import { testFlags } from './test-flags.ts'

export type Kind = 'boolean' | 'string' | 'integer' | 'float' | 'object'
export type Level = 'API' | 'Transaction' | 'Client' | 'Invocation' | 'Before Hooks'
export const LEVELS: readonly Level[] = ['API', 'Transaction', 'Client', 'Invocation', 'Before Hooks']

export interface HookCall {
  readonly hook: string
  readonly stage: 'before' | 'after' | 'error' | 'finally'
  readonly details: EvaluationDetails<FlagValue> | null
}

let domains = 0

/** The values of the features' tables as the kind says. */
export function valueOf(kind: Kind, text: string): JsonValue {
  switch (kind) {
    case 'boolean':
      return text === 'true'
    case 'string':
      return text
    case 'integer':
    case 'float':
      return Number(text)
    case 'object': {
      const value: JsonValue = JSON.parse(text.replaceAll('\\"', '"'))
      return value
    }
  }
}

export function kindOf(name: string): Kind {
  const kind = name.toLowerCase()
  if (kind === 'boolean' || kind === 'string' || kind === 'integer' || kind === 'float' || kind === 'object')
    return kind
  throw new Error(`unknown kind ${name}`)
}

export class World {
  readonly domain = `scenario-${(domains += 1)}`
  readonly context: EvaluationContext = {}
  readonly levels: Record<Level, EvaluationContext> = {
    API: {},
    Transaction: {},
    Client: {},
    Invocation: {},
    'Before Hooks': {},
  }
  readonly calls: HookCall[] = []
  precedence: readonly string[] = []
  kind: Kind = 'boolean'
  key = ''
  fallback: JsonValue = null
  details: EvaluationDetails<FlagValue> | null = null
  merged: EvaluationContext | null = null
  options: FlagEvaluationOptions = {}
  steppedAside = false
  contextBefore = ''
  #pool: Pool | null = null
  #server: Server | null = null
  client: Client = OpenFeature.getClient(this.domain)

  async use(status: string): Promise<void> {
    const provider = createFlagProvider(await this.#source(status))
    if (status === 'not ready') OpenFeature.setProvider(this.domain, provider)
    else await OpenFeature.setProviderAndWait(this.domain, provider).catch(() => {})
    this.client = OpenFeature.getClient(this.domain)
    if (status === 'stale') this.#stale?.()
  }

  #stale: (() => void) | null = null

  async #source(status: string): Promise<FlagSource> {
    // Caching is on for every scenario: only the ones that evaluate twice may see it.
    const flags = createStaticFlags(testFlags(), { cacheLifetimeMs: 60_000 })
    switch (status) {
      case 'stable':
        return flags
      case 'stale':
        this.#stale = () => flags.store.markStale('the database is down')
        return flags
      case 'fatal':
        flags.store.markFatal('no such table')
        return flags
      case 'error':
        // Nobody listens on port 1: loading fails at once, and goes on failing.
        return this.#postgres('postgres://nobody@127.0.0.1:1/none', 100)
      case 'not ready':
        return this.#postgres(`postgres://nobody@127.0.0.1:${await this.#silence()}/none`, 30_000)
      default:
        throw new Error(`unknown status ${status}`)
    }
  }

  #postgres(url: string, startTimeoutMs: number): FlagSource {
    this.#pool = createBackgroundPool({ url, name: 'conformance', connectTimeoutMs: 100 })
    return createPostgresFlags({ pool: this.#pool, startTimeoutMs, listen: false })
  }

  /** A server that takes connections and says nothing: loading neither succeeds nor fails for now. */
  async #silence(): Promise<number> {
    const server = createServer((socket) => void socket.on('error', () => {}))
    this.#server = server
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    return typeof address === 'object' && address ? address.port : 0
  }

  async useRetrievable(): Promise<void> {
    const inner = createFlagProvider(createStaticFlags(testFlags()))
    const provider: Provider = {
      ...inner,
      resolveBooleanEvaluation: (key, defaultValue, context, logger) => {
        this.merged = context
        return inner.resolveBooleanEvaluation(key, defaultValue, context, logger)
      },
    }
    OpenFeature.setTransactionContextPropagator(new AsyncLocalStorageTransactionContextPropagator())
    await OpenFeature.setProviderAndWait(this.domain, provider)
  }

  async evaluateEverywhere(): Promise<void> {
    OpenFeature.setContext(this.levels.API)
    const client = OpenFeature.getClient(this.domain, this.levels.Client)
    const hook: Hook = { before: () => this.levels['Before Hooks'] }
    await new Promise<void>((resolve, reject) => {
      OpenFeature.setTransactionContext(this.levels.Transaction, () => {
        client
          .getBooleanDetails('boolean-flag', false, this.levels.Invocation, { hooks: [hook] })
          .then(() => resolve(), reject)
      })
    })
  }

  recorder(name: string): Hook {
    const record =
      (stage: HookCall['stage']) =>
      (_: unknown, details?: unknown): void => {
        this.calls.push({ hook: name, stage, details: isDetails(details) ? details : null })
      }
    return {
      before: () => void this.calls.push({ hook: name, stage: 'before', details: null }),
      after: record('after'),
      error: record('error'),
      finally: record('finally'),
    }
  }

  async evaluate(): Promise<void> {
    this.details = await this.start()
  }

  start(): Promise<EvaluationDetails<FlagValue>> {
    const { client, key, fallback, context, options } = this
    switch (this.kind) {
      case 'boolean':
        return client.getBooleanDetails(key, fallback === true, context, options)
      case 'string':
        return client.getStringDetails(key, typeof fallback === 'string' ? fallback : '', context, options)
      case 'integer':
      case 'float':
        return client.getNumberDetails(key, Number(fallback), context, options)
      case 'object':
        return client.getObjectDetails(key, fallback, context, options)
    }
  }

  get seen(): EvaluationDetails<FlagValue> {
    if (!this.details) throw new Error('nothing was evaluated')
    return this.details
  }

  async end(): Promise<void> {
    OpenFeature.setContext({})
    OpenFeature.clearHooks()
    await OpenFeature.clearProviders()
    await this.#pool?.end()
    this.#server?.close()
  }
}

function isDetails(value: unknown): value is EvaluationDetails<FlagValue> {
  return typeof value === 'object' && value !== null && 'flagKey' in value && 'value' in value
}
