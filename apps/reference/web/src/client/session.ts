import { useEffect, useSyncExternalStore } from 'react'
import { command, request } from './api.ts'

/** Whether somebody is signed in here, as the gateway says; `unknown` until it was asked, and when it does not answer. */
export type SessionState = 'unknown' | 'signed-in' | 'signed-out'

let state: SessionState = 'unknown'
let asked = false
const listeners = new Set<() => void>()

const reader = {
  parse(value: unknown): boolean {
    const { signed_in: signedIn } = value as { signed_in?: unknown }
    if (typeof signedIn !== 'boolean') throw new TypeError('the session says neither yes nor no')
    return signedIn
  },
}

function set(next: SessionState): void {
  if (state === next) return
  state = next
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Asks again: after signing in or out, and when a request was answered with 401. Never throws. */
export async function refreshSession(): Promise<void> {
  asked = true
  try {
    set((await request('GET', '/session', reader)) ? 'signed-in' : 'signed-out')
  } catch {
    set('unknown')
  }
}

/** Signs in. @throws ApiError `sign_in_refused`, `sign_in_locked`, `email_unverified` and those of any request */
export async function signIn(email: string, password: string): Promise<void> {
  await command('POST', '/session', { body: { email, password } })
  set('signed-in')
}

/** Signs out here. @throws ApiError */
export async function signOut(): Promise<void> {
  await command('DELETE', '/session')
  set('signed-out')
}

/** The state, asked for once per visit, after the first paint. On the server always `unknown`. */
export function useSession(): SessionState {
  useEffect(() => {
    if (!asked) void refreshSession()
  }, [])
  return useSyncExternalStore(
    subscribe,
    () => state,
    () => 'unknown',
  )
}
