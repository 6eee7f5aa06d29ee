import { type ComponentType, use } from 'react'
import { reloadForCode } from './missing-code.ts'

/** A module of a route: one page, by this name. */
export interface PageModule {
  readonly Page: ComponentType
}

/** A page whose code comes when it is needed. */
export interface LazyPage {
  /** Suspends until its code is there, unless it was loaded before: then it renders at once, on the server too. */
  readonly Page: ComponentType
  /** Fetches the code. */
  load(): Promise<PageModule>
}

/**
 * A failure is kept this long, and tried again after: whoever renders asks again and again, and would have the browser
 * fetch without end; milliseconds.
 */
const FAILED_MS = 2000

/** Lets `use` read a promise at once when it is fulfilled, as React does with those it has seen before. */
function readable<T>(promise: Promise<T>): Promise<T> {
  void promise.then(
    (value) => Object.assign(promise, { status: 'fulfilled', value }),
    () => {},
  )
  return promise
}

/** @param load imports the module, as a literal `import()` that the bundler sees */
export function lazyPage(load: () => Promise<PageModule>, nowMs: () => number = () => performance.now()): LazyPage {
  let pending: Promise<PageModule> | null = null
  let failedAtMs: number | null = null
  const fetched = async (): Promise<PageModule> => {
    try {
      return await load()
    } catch (error) {
      failedAtMs = nowMs()
      reloadForCode()
      throw error
    }
  }
  const start = (): Promise<PageModule> => {
    if (failedAtMs !== null && nowMs() - failedAtMs >= FAILED_MS) {
      pending = null
      failedAtMs = null
    }
    return (pending ??= readable(fetched()))
  }
  return {
    load: start,
    Page: () => {
      const module = use(start())
      return <module.Page />
    },
  }
}
