import { useCallback, useEffect, useState } from 'react'
import { ApiError } from '../../client/api-error.ts'
import { request } from '../../client/api.ts'
import { changedFields, type EntryFields } from './entry-conflict.ts'
import { type Entry, entryReader } from './readers.ts'
import { draftOf, dropDraft, keepDraft } from './unsaved-drafts.ts'

export function fieldsOf({ slug, title, summary, body_markdown, media_id, alt }: Entry): EntryFields {
  return { slug, title, summary, body_markdown, media_id, alt }
}

/** Whether an error says that somebody else saved in between; other conflicts are about the address. */
export function isVersionConflict(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409 && error.problems.some(({ field }) => field === 'version')
}

/** What is being written of one entry. */
export interface Editor {
  /** As the server has it. */
  readonly entry: Entry
  readonly fields: EntryFields
  /** What the fields were when the reader began. */
  readonly base: EntryFields
  readonly unsaved: boolean
  /** Whether the fields are those from before a sign-in or another page. */
  readonly restored: boolean
  /** What somebody else has saved in between; null when nobody has. */
  readonly theirs: Entry | null
  readonly change: (change: Partial<EntryFields>) => void
  /** Null when somebody else was first: then `theirs` is there. @throws ApiError */
  readonly save: () => Promise<Entry | null>
  /** Sends a change of what readers see, of exactly this version. As `save`. @throws ApiError */
  readonly send: (path: string, body: Readonly<Record<string, unknown>>, version: number) => Promise<Entry | null>
  /** Goes on with these fields on top of theirs. */
  readonly settle: (fields: EntryFields) => void
  readonly discard: () => void
  /** What readers see has changed, and nothing that is written here. */
  readonly note: (entry: Entry) => void
  /** The entry is another one now, and so are the fields. */
  readonly take: (entry: Entry) => void
}

interface State {
  readonly entry: Entry
  readonly version: number
  readonly base: EntryFields
  readonly fields: EntryFields
  readonly restored: boolean
  readonly theirs: Entry | null
}

function begin(entry: Entry, owner: string): State {
  const draft = draftOf(entry.id, owner)
  const base = fieldsOf(entry)
  if (draft === null) return { entry, version: entry.version, base, fields: base, restored: false, theirs: null }
  return { entry, version: draft.version, base: draft.base, fields: draft.fields, restored: true, theirs: null }
}

const path = (id: string): string => `/v1/content/entries/${encodeURIComponent(id)}`

/** @param owner id of the person who writes */
export function useEditor(first: Entry, owner: string): Editor {
  const [state, setState] = useState(() => begin(first, owner))
  const { entry, fields, base, version } = state
  const unsaved = changedFields(base, fields).length > 0
  const { id } = entry

  useEffect(() => {
    if (unsaved) keepDraft(id, { owner, version, base, fields })
    else dropDraft(id)
  }, [id, owner, version, base, fields, unsaved])

  const take = useCallback((next: Entry) => {
    const written = fieldsOf(next)
    setState({ entry: next, version: next.version, base: written, fields: written, restored: false, theirs: null })
  }, [])

  /** Somebody else was first: fetches what they saved, and keeps everything that is written here. */
  const meet = async (error: unknown): Promise<null> => {
    if (!isVersionConflict(error)) throw error
    const theirs = await request('GET', path(id), entryReader)
    setState((old) => ({ ...old, theirs }))
    return null
  }

  const save = async (): Promise<Entry | null> => {
    if (!unsaved) return entry
    // The address stays out of it unless it was changed: once readers know it, it can't be.
    const { slug, ...texts } = fields
    const moved = slug === entry.slug ? {} : { slug }
    try {
      const saved = await request('PUT', path(id), entryReader, { body: { version, ...moved, ...texts } })
      // What was typed while it was being saved stays, and is unsaved.
      setState((old) => ({
        ...old,
        entry: saved,
        version: saved.version,
        base: fieldsOf(saved),
        fields: old.fields === fields ? fieldsOf(saved) : old.fields,
        restored: false,
        theirs: null,
      }))
      return saved
    } catch (error) {
      return await meet(error)
    }
  }

  const send: Editor['send'] = async (step, body, seen) => {
    try {
      const changed = await request('POST', `${path(id)}/${step}`, entryReader, { body: { ...body, version: seen } })
      note(changed)
      return changed
    } catch (error) {
      return await meet(error)
    }
  }

  const note = (changed: Entry): void => setState((old) => ({ ...old, entry: changed }))

  const settle = (chosen: EntryFields): void => {
    setState((old) => {
      if (!old.theirs) return old
      const { theirs } = old
      return {
        entry: theirs,
        version: theirs.version,
        base: fieldsOf(theirs),
        fields: chosen,
        restored: false,
        theirs: null,
      }
    })
  }

  return {
    entry,
    fields,
    base,
    unsaved,
    restored: state.restored,
    theirs: state.theirs,
    change: (change) => setState((old) => ({ ...old, fields: { ...old.fields, ...change } })),
    save,
    send,
    settle,
    discard: () => {
      dropDraft(id)
      take(entry)
    },
    note,
    take,
  }
}
