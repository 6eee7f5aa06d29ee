import { useCallback, useState } from 'react'
import type { ApiError } from '../../client/api-error.ts'
import { useSessionEnd } from './session-end.ts'
import { asApiError } from './use-load.ts'

/** A change by a button, outside of a form. */
export interface Action {
  /** What is under way, by the key it was started with; null for nothing. */
  readonly busy: string | null
  readonly error: ApiError | null
  /** What was done last, in words, for the live region. */
  readonly done: string
  /**
   * Runs a change. Resolves to whether it was made.
   * @param done what to say then; '' for nothing
   */
  readonly run: (key: string, change: () => Promise<void>, done: string | (() => string)) => Promise<boolean>
  readonly clear: () => void
}

export function useAction(): Action {
  const [busy, setBusy] = useState<string | null>(null)
  const [error, setError] = useState<ApiError | null>(null)
  const [done, setDone] = useState('')
  const endSession = useSessionEnd()
  const run = useCallback(
    async (key: string, change: () => Promise<void>, words: string | (() => string)) => {
      setBusy(key)
      setError(null)
      setDone('')
      try {
        await change()
        setDone(typeof words === 'string' ? words : words())
        return true
      } catch (thrown) {
        const failed = asApiError(thrown)
        if (!endSession(failed)) setError(failed)
        return false
      } finally {
        setBusy(null)
      }
    },
    [endSession],
  )
  const clear = useCallback(() => {
    setError(null)
    setDone('')
  }, [])
  return { busy, error, done, run, clear }
}
