import { useCallback, useEffect, useRef, useState } from 'react'
import { ApiError } from '../../client/api-error.ts'
import { useSessionEnd } from './session-end.ts'

/** Something a page asked for. While it is asked again, and when that fails, the last answer stays. */
export interface Load<T> {
  readonly value: T | undefined
  /** What went wrong the last time; null while nothing did. */
  readonly error: ApiError | null
  readonly loading: boolean
  readonly reload: () => void
  /** Puts what a change made in place of what was loaded. */
  readonly replace: (change: (old: T | undefined) => T) => void
  readonly fail: (error: ApiError) => void
}

interface State<T> {
  readonly key: string | null
  readonly value: T | undefined
  readonly error: ApiError | null
  readonly loading: boolean
}

export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown
  return new ApiError('unexpected', 'Something went wrong on this page.', { cause: thrown })
}

function blank<T>(key: string | null): State<T> {
  return { key, value: undefined, error: null, loading: key !== null }
}

/**
 * Loads what belongs to a key, again whenever the key changes. What another key had is never shown for it.
 * A session that has ended leads to the sign-in page and back.
 * @param key what is loaded, for instance its address; null loads nothing
 */
export function useLoad<T>(key: string | null, load: (signal: AbortSignal) => Promise<T>): Load<T> {
  const [state, setState] = useState<State<T>>(() => blank(key))
  const [turn, setTurn] = useState(0)
  const endSession = useSessionEnd()
  // Kept in a ref: a new function at every render is no reason to ask again.
  const newest = useRef({ load, endSession })
  useEffect(() => {
    newest.current = { load, endSession }
  })

  useEffect(() => {
    if (key === null) return
    const controller = new AbortController()
    setState((old) => (old.key === key ? { ...old, loading: true } : blank(key)))
    newest.current.load(controller.signal).then(
      (value) => {
        if (!controller.signal.aborted) setState({ key, value, error: null, loading: false })
      },
      (thrown: unknown) => {
        if (controller.signal.aborted) return
        const error = asApiError(thrown)
        if (newest.current.endSession(error)) return
        setState((old) => ({ key, value: old.key === key ? old.value : undefined, error, loading: false }))
      },
    )
    return () => controller.abort()
  }, [key, turn])

  const reload = useCallback(() => setTurn((old) => old + 1), [])
  const replace = useCallback(
    (change: (old: T | undefined) => T) =>
      setState((old) => ({ ...old, value: change(old.value), error: null, loading: false })),
    [],
  )
  const fail = useCallback((error: ApiError) => setState((old) => ({ ...old, error, loading: false })), [])
  const shown: State<T> = state.key === key ? state : blank(key)
  return { value: shown.value, error: shown.error, loading: shown.loading, reload, replace, fail }
}
