import type { MediaRow, MediaRows } from './media-rows.ts'
import { MEDIA_PREFIX, type ObjectStore, type StoredObject } from './object-store.ts'

export type Comparison =
  | { readonly kind: 'both'; readonly row: MediaRow; readonly object: StoredObject }
  /** A row that is ready, and no object. */
  | { readonly kind: 'missing'; readonly row: MediaRow }
  /** An object that no row names, ready or not. */
  | { readonly kind: 'unreferenced'; readonly object: StoredObject }

const ROWS_AT_ONCE = 1000
const KEY = /^media\/(?:hero|posts|docs)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.[a-z0-9]{2,4}$/

/** The id in a key of ours, or null for another key. */
export function mediaIdOf(key: string): string | null {
  return KEY.exec(key)?.[1] ?? null
}

/**
 * Walks store and database side by side, both in order of the keys' bytes, with a page of each in memory.
 * @throws ServiceError when one of them gives no answer
 */
export async function* compareMedia(store: ObjectStore, rows: MediaRows): AsyncGenerator<Comparison> {
  let after = ''
  for (;;) {
    const { objects, next } = await store.list(MEDIA_PREFIX, after)
    const byKey = new Map(objects.map((object) => [object.key, object]))
    for await (const row of readyBetween(rows, after, next)) {
      const object = byKey.get(row.object_key)
      byKey.delete(row.object_key)
      if (object) yield { kind: 'both', row, object }
      // It may have come since the list was made.
      else if (!(await store.exists(row.object_key)) && (await rows.find(row.media_id))) yield { kind: 'missing', row }
    }
    yield* unreferenced([...byKey.values()], rows)
    if (next === null) return
    after = next
  }
}

async function* readyBetween(rows: MediaRows, after: string, to: string | null): AsyncGenerator<MediaRow> {
  for (let from = after; ;) {
    const page = await rows.readyBetween(from, to, ROWS_AT_ONCE)
    yield* page
    const last = page.at(-1)
    if (!last || page.length < ROWS_AT_ONCE) return
    from = last.object_key
  }
}

async function* unreferenced(objects: readonly StoredObject[], rows: MediaRows): AsyncGenerator<Comparison> {
  const ids = objects.flatMap(({ key }) => mediaIdOf(key) ?? [])
  const known = await rows.byIds(ids)
  for (const object of objects) {
    const id = mediaIdOf(object.key)
    const row = id === null ? undefined : known.get(id)
    // One that is being completed is named by a row that is not ready yet.
    if (row?.object_key !== object.key) yield { kind: 'unreferenced', object }
  }
}
