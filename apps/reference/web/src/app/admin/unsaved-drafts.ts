import type { EntryFields } from './entry-conflict.ts'

/** What was written and not saved, with the version it was written on. */
export interface UnsavedDraft {
  readonly owner: string
  readonly version: number
  readonly base: EntryFields
  readonly fields: EntryFields
}

const KEPT_MAX = 20

// In the memory of this tab only: it outlives a sign-in that became necessary, and nothing else.
const drafts = new Map<string, UnsavedDraft>()

export function keepDraft(entryId: string, draft: UnsavedDraft): void {
  drafts.delete(entryId)
  drafts.set(entryId, draft)
  const oldest = drafts.size > KEPT_MAX ? drafts.keys().next().value : undefined
  if (oldest !== undefined) drafts.delete(oldest)
}

/** What this person had not saved; somebody else's is dropped. */
export function draftOf(entryId: string, owner: string): UnsavedDraft | null {
  const draft = drafts.get(entryId)
  if (draft === undefined) return null
  if (draft.owner === owner) return draft
  drafts.delete(entryId)
  return null
}

export function dropDraft(entryId: string): void {
  drafts.delete(entryId)
}
