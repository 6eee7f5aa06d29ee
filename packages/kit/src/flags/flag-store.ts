import { FLAG_KEY, parseDefinition } from './definition.ts'
import { type CompiledFlag, compileFlag, evaluateFlag, failed, type FlagKind, type FlagResolution } from './evaluate.ts'
import type { FlagContext } from './rules.ts'

/** The state of a source of flags, in OpenFeature's words. */
export type FlagStatus = 'NOT_READY' | 'READY' | 'STALE' | 'ERROR' | 'FATAL'

/** What happens to a source; the names are OpenFeature's provider events. */
export type FlagEvent =
  | { readonly type: 'PROVIDER_READY' }
  | { readonly type: 'PROVIDER_STALE'; readonly message: string }
  | { readonly type: 'PROVIDER_ERROR'; readonly message: string; readonly fatal: boolean }
  | { readonly type: 'PROVIDER_CONFIGURATION_CHANGED'; readonly flagsChanged: readonly string[] }

/** A definition that can't be used. The last good one of that flag stays, if there was one. */
export interface FlagProblem {
  readonly key: string
  readonly problem: string
}

export interface FlagStoreOptions {
  /** How long the answer of a flag without rules is remembered and given with the reason CACHED; milliseconds. Default 0: off, since evaluation comes from memory already. */
  readonly cacheLifetimeMs?: number
  /** Flags at most; more are refused as a whole. Default 2,000. */
  readonly flagsMax?: number
  /** Told of definitions that can't be used. */
  readonly onProblem?: (problem: FlagProblem) => void
  /** Milliseconds since any fixed moment, never backwards. Default `performance.now`. */
  readonly now?: () => number
}

interface Entry {
  readonly source: string
  readonly flag: CompiledFlag | null
  /** The newest definition could not be used: this is an older one. */
  readonly outdated: boolean
  readonly problem: string | null
  readonly stale: ReadonlyMap<FlagResolution, FlagResolution>
  cachedUntilMs: number
  cached: FlagResolution | null
}

const NOT_READY = failed('PROVIDER_NOT_READY', 'no flags were loaded yet')
const FATAL = failed('PROVIDER_FATAL', 'the source of flags can not be used')
const NOT_FOUND = failed('FLAG_NOT_FOUND', 'there is no such flag')
const LISTENERS_MAX = 100

function withReason(resolution: FlagResolution, reason: 'STALE' | 'CACHED'): FlagResolution {
  return Object.freeze({ ...resolution, reason })
}

function staleOf(flag: CompiledFlag): ReadonlyMap<FlagResolution, FlagResolution> {
  const all = [flag.fallback, ...flag.rules.flatMap((rule) => rule.results)]
  return new Map(all.map((one) => [one, one.reason === 'DISABLED' ? one : withReason(one, 'STALE')]))
}

/**
 * The flags in memory: evaluation is synchronous, never waits and never throws. Sources put whole sets in; what they
 * can't read leaves the last good set in place.
 */
export class FlagStore {
  readonly #cacheLifetimeMs: number
  readonly #flagsMax: number
  readonly #onProblem: (problem: FlagProblem) => void
  readonly #now: () => number
  readonly #listeners = new Set<(event: FlagEvent) => void>()
  #entries: ReadonlyMap<string, Entry> = new Map()
  #status: FlagStatus = 'NOT_READY'
  #loaded = false

  /** @throws RangeError for a negative lifetime or a limit below 1 */
  constructor(options: FlagStoreOptions = {}) {
    this.#cacheLifetimeMs = options.cacheLifetimeMs ?? 0
    this.#flagsMax = options.flagsMax ?? 2000
    this.#onProblem = options.onProblem ?? (() => {})
    this.#now = options.now ?? (() => performance.now())
    if (!(this.#cacheLifetimeMs >= 0))
      throw new RangeError(`cacheLifetimeMs: expected 0 or more milliseconds, got ${this.#cacheLifetimeMs}`)
    if (!(this.#flagsMax >= 1)) throw new RangeError(`flagsMax: expected 1 or more, got ${this.#flagsMax}`)
  }

  get status(): FlagStatus {
    return this.#status
  }

  /** Keys that can be asked for, those included whose definition can't be used. */
  get keys(): readonly string[] {
    return [...this.#entries.keys()]
  }

  /** Evaluates a flag. Hot path: one map lookup, and the rules of that flag. */
  evaluate(key: string, kind: FlagKind, context: FlagContext = {}): FlagResolution {
    if (this.#status === 'FATAL') return FATAL
    if (!this.#loaded) return NOT_READY
    const entry = this.#entries.get(key)
    if (!entry) return NOT_FOUND
    if (!entry.flag) return failed('PARSE_ERROR', entry.problem ?? 'the definition can not be used')
    const resolution = evaluateFlag(key, entry.flag, kind, context)
    if (resolution.reason === 'ERROR') return resolution
    if (this.#status !== 'READY' || entry.outdated) return entry.stale.get(resolution) ?? resolution
    return this.#cacheLifetimeMs > 0 && entry.flag.isStatic ? this.#fromCache(entry, resolution) : resolution
  }

  /** A boolean flag's value, or null when it is not known: not ready, not found, malformed, of another type, without a default. */
  boolean(key: string, context?: FlagContext): boolean | null {
    const { value } = this.evaluate(key, 'boolean', context)
    return typeof value === 'boolean' ? value : null
  }

  /**
   * Replaces all flags.
   * @returns keys whose definition is another than before
   * @throws RangeError for more flags than allowed; what was there stays
   */
  replace(definitions: Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>): string[] {
    const given = definitions instanceof Map ? [...definitions.entries()] : Object.entries(definitions)
    if (given.length > this.#flagsMax)
      throw new RangeError(
        `expected at most ${this.#flagsMax} flags, got ${given.length}: raise flagsMax or delete old flags`,
      )
    const next = new Map<string, Entry>()
    for (const [key, definition] of given) next.set(key, this.#entryFor(key, definition))
    const changed = [...new Set([...next.keys(), ...this.#entries.keys()])].filter(
      (key) => next.get(key)?.source !== this.#entries.get(key)?.source,
    )
    this.#entries = next
    const isFirst = !this.#loaded
    this.#loaded = true
    this.#become('READY', { type: 'PROVIDER_READY' })
    if (!isFirst && changed.length > 0) this.#tell({ type: 'PROVIDER_CONFIGURATION_CHANGED', flagsChanged: changed })
    return changed
  }

  /** The source can't be asked any more: answers go on, with the reason STALE. Without any flags yet: ERROR. */
  markStale(message: string): void {
    if (this.#loaded) this.#become('STALE', { type: 'PROVIDER_STALE', message })
    else this.#become('ERROR', { type: 'PROVIDER_ERROR', message, fatal: false })
  }

  /** Nothing will ever come from the source: it is configured wrongly. */
  markFatal(message: string): void {
    this.#become('FATAL', { type: 'PROVIDER_ERROR', message, fatal: true })
  }

  /** @returns a function that ends the subscription @throws RangeError for more than 100 listeners, which is a leak */
  subscribe(listener: (event: FlagEvent) => void): () => void {
    if (this.#listeners.size >= LISTENERS_MAX) throw new RangeError(`more than ${LISTENERS_MAX} listeners: end some`)
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #fromCache(entry: Entry, resolution: FlagResolution): FlagResolution {
    const now = this.#now()
    if (entry.cached && now < entry.cachedUntilMs) return entry.cached
    entry.cached = resolution.reason === 'DISABLED' ? resolution : withReason(resolution, 'CACHED')
    entry.cachedUntilMs = now + this.#cacheLifetimeMs
    return resolution
  }

  #entryFor(key: string, definition: unknown): Entry {
    const source = sourceOf(definition)
    const before = this.#entries.get(key)
    if (before && before.source === source) return before
    const compiled = compileOrProblem(key, definition)
    if (typeof compiled !== 'string') {
      return {
        source,
        flag: compiled,
        outdated: false,
        problem: null,
        stale: staleOf(compiled),
        cachedUntilMs: 0,
        cached: null,
      }
    }
    this.#onProblem({ key, problem: compiled })
    // A bad change keeps the last good definition (CFG-16).
    const flag = before?.flag ?? null
    return {
      source,
      flag,
      outdated: flag !== null,
      problem: compiled,
      stale: before?.stale ?? new Map(),
      cachedUntilMs: 0,
      cached: null,
    }
  }

  #become(status: FlagStatus, event: FlagEvent): void {
    if (this.#status === status) return
    this.#status = status
    this.#tell(event)
  }

  #tell(event: FlagEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}

function sourceOf(definition: unknown): string {
  try {
    return JSON.stringify(definition) ?? 'undefined'
  } catch {
    return 'not JSON'
  }
}

function compileOrProblem(key: string, definition: unknown): CompiledFlag | string {
  if (!FLAG_KEY.test(key))
    return 'the key has other characters than letters, digits, dot, dash and underscore, or is too long'
  const parsed = parseDefinition(definition)
  if (!parsed.ok) return parsed.problem
  try {
    return compileFlag(parsed.definition)
  } catch (error) {
    return error instanceof Error ? error.message : 'can not be compiled'
  }
}
