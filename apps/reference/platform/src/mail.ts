import type { Queries } from '@greengate/kit/data'
import { createOutbox } from '@greengate/kit/outbox'

/** A mail, by what it says; the worker writes and sends it. Every token is of one use and ends. */
export type Mail =
  | { readonly template: 'verify_email' | 'reset_password'; readonly to: string; readonly data: LinkData }
  /** To somebody who signed up and has an account. */
  | { readonly template: 'account_exists'; readonly to: string; readonly data: { readonly name: string } }
  | { readonly template: 'invitation'; readonly to: string; readonly data: InvitationData }
  | {
      readonly template: 'password_changed'
      readonly to: string
      /** `at`: RFC 3339. */
      readonly data: { readonly name: string; readonly at: string }
    }

/** `name` may be empty; `expires_at`: RFC 3339. */
interface LinkData {
  readonly name: string
  readonly token: string
  readonly expires_at: string
}

interface InvitationData {
  readonly organisation: string
  readonly role: string
  readonly token: string
  readonly expires_at: string
}

const outbox = createOutbox()
const mark = { name: 'mail-mark', text: 'savepoint mail' }
const undo = { name: 'mail-undo', text: 'rollback to savepoint mail' }

/** Puts a mail into the transaction: it is sent if that commits, and never if it does not. */
export async function enqueueMail(queries: Queries, mail: Mail): Promise<void> {
  await outbox.enqueue(queries, { topic: 'mail', payload: mail })
}

/** Where nobody may learn whether there is a mail: the same work either way, and nothing left of it when there is none. */
export async function enqueueMailIf(queries: Queries, isSent: boolean, mail: Mail): Promise<void> {
  await queries.rows(mark)
  await enqueueMail(queries, mail)
  if (!isSent) await queries.rows(undo)
}
