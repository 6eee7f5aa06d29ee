import { request } from '../../client/api.ts'
import { noteEditorAccess } from './editor-access.ts'
import { type Me, meReader } from './readers.ts'

// Shown while it is asked again, so that going from page to page does not flicker. Gone when the tab is.
let known: Me | null = null
// Whether somebody was signed in here since the last sign-out: then a session that is missing has ended.
let hadSession = false

export function knownMe(): Me | null {
  return known
}

/** Who is signed in. @throws ApiError */
export async function loadMe(signal: AbortSignal): Promise<Me> {
  known = await request('GET', '/v1/me', meReader, { signal })
  hadSession = true
  return known
}

/** The session has ended, or another one has begun. @returns whether somebody was signed in here before */
export function forgetMe(): boolean {
  known = null
  noteEditorAccess('unknown')
  return hadSession
}

/** Signed out on purpose: the next person at this tab is not told of a session that ended. */
export function forgetSession(): void {
  forgetMe()
  hadSession = false
}
