import { useCallback, useState } from 'react'
import { useSessionEnd } from './session-end.ts'
import { asApiError, type Load, useLoad } from './use-load.ts'

export interface Page<Row> {
  readonly rows: readonly Row[]
  /** Where the next page begins; null: that was the last one. */
  readonly next: string | null
}

/** A list that grows by a page at a time. */
export interface Pages<Row> {
  readonly load: Load<Page<Row>>
  readonly loadingMore: boolean
  readonly more: () => void
  /** Changes rows that are shown; null takes one away. */
  readonly update: (change: (row: Row) => Row | null) => void
}

/** @param ask for the page that begins after a position; undefined: for the first one */
export function usePages<Row>(
  key: string,
  ask: (after: string | undefined, signal: AbortSignal) => Promise<Page<Row>>,
): Pages<Row> {
  const load = useLoad(key, (signal) => ask(undefined, signal))
  const [loadingMore, setLoadingMore] = useState(false)
  const endSession = useSessionEnd()
  const { value, replace, fail } = load
  const more = (): void => {
    if (value === undefined || value.next === null || loadingMore) return
    setLoadingMore(true)
    ask(value.next, new AbortController().signal)
      .then(
        (page) => replace((old) => ({ rows: [...(old?.rows ?? []), ...page.rows], next: page.next })),
        (thrown: unknown) => {
          const error = asApiError(thrown)
          if (!endSession(error)) fail(error)
        },
      )
      .finally(() => setLoadingMore(false))
  }
  const update = useCallback(
    (change: (row: Row) => Row | null) =>
      replace((old) => ({
        rows: (old?.rows ?? []).flatMap((row) => {
          const changed = change(row)
          return changed === null ? [] : [changed]
        }),
        next: old?.next ?? null,
      })),
    [replace],
  )
  return { load, loadingMore, more, update }
}
