import { ConfigError } from './config-error.ts'
import { registryOf } from './describe-config.ts'

/** How a reload ended. `changed` and `refused` are names of variables, sorted: never values. */
export type ReloadOutcome =
  | { readonly status: 'unchanged' }
  | { readonly status: 'changed'; readonly changed: readonly string[] }
  /** Nothing was taken over: a variable has changed that takes a restart. */
  | { readonly status: 'refused'; readonly refused: readonly string[] }
  /** Nothing was taken over: loading failed. The error went to `onError`. */
  | { readonly status: 'failed' }
  | { readonly status: 'closed' }

export interface ReloadableOptions {
  /**
   * Told of everything that went wrong: a load that failed or took too long, a change that was refused, a subscriber that
   * threw. What it throws itself is ignored.
   */
  readonly onError: (error: unknown) => void
  /** Told of each change that was taken over, before the subscribers; to be logged. Default none. */
  readonly onChange?: (changed: readonly string[]) => void
  /** Names whose change is refused. Default: the variables that say `restart: true`, if `loadConfig` made the value. */
  readonly restart?: readonly string[]
  /** Limit for one load; milliseconds. Default 10,000. */
  readonly timeoutMs?: number
  /** Timers, for tests. Default Node's. */
  readonly setTimeout?: (callback: () => void, delayMs: number) => unknown
  readonly clearTimeout?: (timer: unknown) => void
}

/** What a subscriber is told. */
export interface ConfigChange<C> {
  readonly current: C
  readonly previous: C
  readonly changed: readonly string[]
}

/** A configuration that can be read again while the service runs. */
export interface Reloadable<C> {
  /** The last good one. */
  current(): C
  /**
   * Loads again. There is one load at a time: calls during one share the one after it, so that what changed while it ran
   * is not missed. Never rejects.
   */
  reload(): Promise<ReloadOutcome>
  /** Calls `subscriber` after each change; returns how to end that. @throws RangeError for more than 100 */
  subscribe(subscriber: (change: ConfigChange<C>) => void | Promise<void>): () => void
  /** Reloads on a signal; returns how to end that. `host` is `process`. Default signal SIGHUP. */
  reloadOn(host: SignalHost, signal?: 'SIGHUP' | 'SIGUSR2'): () => void
  /** No more reloads, signals and subscribers. The last good configuration stays. */
  close(): void
}

/** What is needed of `process`. */
export interface SignalHost {
  on(signal: 'SIGHUP' | 'SIGUSR2', listener: () => void): unknown
  off(signal: 'SIGHUP' | 'SIGUSR2', listener: () => void): unknown
}

const SUBSCRIBERS_MAX = 100
const TIMEOUT_MS_MAX = 600_000

/** Arrays and primitives is what configurations consist of; anything else counts as changed unless it is the same object. */
function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
  return a.every((one, index) => Object.is(one, b[index]))
}

function changedNames(before: object, after: object): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].filter((name) => !same(Reflect.get(before, name), Reflect.get(after, name))).toSorted()
}

class ReloadableConfig<C extends object> implements Reloadable<C> {
  readonly #load: () => C | Promise<C>
  readonly #options: Required<Omit<ReloadableOptions, 'onChange' | 'restart'>> &
    Pick<ReloadableOptions, 'onChange' | 'restart'>
  readonly #subscribers = new Set<(change: ConfigChange<C>) => void | Promise<void>>()
  readonly #detach = new Set<() => void>()
  #current: C
  #running: Promise<ReloadOutcome> | null = null
  #next: Promise<ReloadOutcome> | null = null
  #closed = false

  constructor(initial: C, load: () => C | Promise<C>, options: ReloadableOptions) {
    this.#current = initial
    this.#load = load
    this.#options = { timeoutMs: 10_000, setTimeout, clearTimeout: (timer) => clearTimeout(timer as never), ...options }
  }

  current(): C {
    return this.#current
  }

  reload(): Promise<ReloadOutcome> {
    if (this.#closed) return Promise.resolve({ status: 'closed' })
    if (!this.#running) return this.#begin()
    this.#next ??= this.#running.then(() => {
      this.#next = null
      return this.#closed ? ({ status: 'closed' } as const) : this.#begin()
    })
    return this.#next
  }

  subscribe(subscriber: (change: ConfigChange<C>) => void | Promise<void>): () => void {
    if (this.#subscribers.size >= SUBSCRIBERS_MAX)
      throw new RangeError(`there are ${SUBSCRIBERS_MAX} subscribers already: end those that are not needed any more`)
    // An own function for each call, so that two subscriptions of one function end one by one.
    const entry = (change: ConfigChange<C>): void | Promise<void> => subscriber(change)
    this.#subscribers.add(entry)
    return () => void this.#subscribers.delete(entry)
  }

  reloadOn(host: SignalHost, signal: 'SIGHUP' | 'SIGUSR2' = 'SIGHUP'): () => void {
    const listener = (): void => void this.reload()
    host.on(signal, listener)
    const detach = (): void => {
      host.off(signal, listener)
      this.#detach.delete(detach)
    }
    this.#detach.add(detach)
    return detach
  }

  close(): void {
    this.#closed = true
    this.#subscribers.clear()
    for (const detach of this.#detach) detach()
  }

  #begin(): Promise<ReloadOutcome> {
    const running = this.#reloadOnce().finally(() => {
      if (this.#running === running) this.#running = null
    })
    this.#running = running
    return running
  }

  async #reloadOnce(): Promise<ReloadOutcome> {
    let loaded: C
    try {
      loaded = await this.#loadInTime()
    } catch (error) {
      this.#report(error)
      return { status: 'failed' }
    }
    if (this.#closed) return { status: 'closed' }
    const changed = changedNames(this.#current, loaded)
    if (changed.length === 0) return { status: 'unchanged' }
    const restart = this.#restartNames(loaded)
    const refused = changed.filter((name) => restart.has(name))
    if (refused.length > 0) {
      this.#report(
        new ConfigError(refused.map((variable) => ({ variable, problem: 'has changed and takes a restart' }))),
      )
      return { status: 'refused', refused }
    }
    const previous = this.#current
    this.#current = loaded
    this.#announce({ current: loaded, previous, changed })
    return { status: 'changed', changed }
  }

  #loadInTime(): Promise<C> {
    const { timeoutMs, setTimeout: start, clearTimeout: end } = this.#options
    return new Promise((resolve, reject) => {
      const timer = start(() => reject(new Error(`the configuration was not loaded within ${timeoutMs} ms`)), timeoutMs)
      // What comes after the limit is dropped: a value that old could undo a newer one.
      Promise.resolve()
        .then(() => this.#load())
        .then(resolve, reject)
        .finally(() => end(timer))
    })
  }

  #restartNames(loaded: C): Set<string> {
    if (this.#options.restart) return new Set(this.#options.restart)
    const registry = registryOf(loaded) ?? registryOf(this.#current) ?? {}
    return new Set(Object.keys(registry).filter((name) => registry[name]?.restart))
  }

  #announce(change: ConfigChange<C>): void {
    try {
      this.#options.onChange?.(change.changed)
    } catch (error) {
      this.#report(error)
    }
    for (const subscriber of this.#subscribers) {
      try {
        const done = subscriber(change)
        if (done instanceof Promise) done.catch((error: unknown) => this.#report(error))
      } catch (error) {
        this.#report(error)
      }
    }
  }

  #report(error: unknown): void {
    try {
      this.#options.onError(error)
    } catch {
      // There is nobody left to tell.
    }
  }
}

/**
 * A configuration that keeps the last good value: a reload that fails, takes too long or changes what takes a restart
 * changes nothing at all (CFG-16). Reads when called: the first load is part of the start and its failure ends it.
 *
 * @param load reads the configuration anew, e.g. `() => loadConfig(variables, { ...readEnvFile(path), ...process.env })`
 * @example
 * const config = await createReloadable(load, { onError: (error) => logger.log('error', 'reload_failed', { error }) })
 * config.subscribe(({ current, changed }) => changed.includes('LOG_LEVEL') && logger.setLevel(current.LOG_LEVEL))
 * config.reloadOn(process)
 *
 * @throws whatever the first load throws, `ConfigError` usually; RangeError for a time limit out of 1 to 600,000 ms
 */
export async function createReloadable<C extends object>(
  load: () => C | Promise<C>,
  options: ReloadableOptions,
): Promise<Reloadable<C>> {
  const { timeoutMs = 10_000 } = options
  if (!(timeoutMs >= 1 && timeoutMs <= TIMEOUT_MS_MAX))
    throw new RangeError(`timeoutMs must be from 1 to ${TIMEOUT_MS_MAX}, but it is ${timeoutMs}`)
  return new ReloadableConfig(await load(), load, options)
}
