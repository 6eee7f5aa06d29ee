import { useEffect, useSyncExternalStore } from 'react'
import { ApiError } from '../../client/api-error.ts'
import { command } from '../../client/api.ts'

/** Whether the person may see drafts of the site's content. Only what is offered depends on it: the server decides. */
export type EditorAccess = 'unknown' | 'yes' | 'no'

let access: EditorAccess = 'unknown'
let asking = false
const listeners = new Set<() => void>()

function set(next: EditorAccess): void {
  access = next
  for (const listener of listeners) listener()
}

/** For the next person at this tab, and when the content service said what it thinks. */
export function noteEditorAccess(next: EditorAccess): void {
  if (next !== access) set(next)
}

async function ask(): Promise<void> {
  asking = true
  try {
    await command('GET', '/v1/content/entries', { query: { limit: 1 } })
    set('yes')
  } catch (error) {
    // Not said: asked again on the next page.
    if (error instanceof ApiError && error.status === 403) set('no')
  } finally {
    asking = false
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Asked once per visit. */
export function useEditorAccess(): EditorAccess {
  useEffect(() => {
    if (access === 'unknown' && !asking) void ask()
  }, [])
  return useSyncExternalStore(
    subscribe,
    () => access,
    () => 'unknown',
  )
}
