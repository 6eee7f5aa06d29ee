import type { Database, Queries } from '@greengate/kit/data'
import { isOverdue, removeUnverified } from '@greengate/reference-base'

const CHUNK = 500
/** What is left then is for the next time. */
const CHUNKS_MAX = 200

const ended = {
  sessions: {
    name: 'sweep-sessions',
    text: `delete from sessions where token_digest in
      (select token_digest from sessions where expires_at <= now() order by expires_at limit $1 for update skip locked)
      returning 1`,
  },
  // Not by the table's name: the logger would hide the count.
  one_time_links: {
    name: 'sweep-tokens',
    text: `delete from one_time_tokens where token_digest in
      (select token_digest from one_time_tokens where expires_at <= now() order by expires_at limit $1 for update skip locked)
      returning 1`,
  },
  invitations: {
    name: 'sweep-invitations',
    text: `delete from invitations where id in
      (select id from invitations where expires_at <= now() order by expires_at limit $1 for update skip locked) returning 1`,
  },
  sign_ups: {
    name: 'sweep-sign-ups',
    text: `delete from sign_ups where slug in
      (select slug from sign_ups where expires_at <= now() order by expires_at limit $1 for update skip locked) returning 1`,
  },
  sign_in_attempts: {
    name: 'sweep-attempts',
    text: `delete from sign_in_attempts where key in
      (select key from sign_in_attempts where ends_at <= now() order by ends_at limit $1 for update skip locked) returning 1`,
  },
} as const

const unverified = {
  name: 'sweep-unverified-find',
  text: `select u.id from users u where ${isOverdue('u')} order by u.created_at limit $1 for update skip locked`,
}

/** How many of each kind were removed. */
export type Swept = Readonly<Record<keyof typeof ended | 'unverified_accounts', number>>

/** Removes what has ended, in short statements: nobody waits for it, and two sweeps at once share the work. */
export async function sweep(database: Database, signal: AbortSignal): Promise<Swept> {
  const swept: Record<string, number> = {}
  for (const [kind, statement] of Object.entries(ended))
    swept[kind] = await inChunks(signal, async () => (await database.rows(statement, [CHUNK])).length)
  const unverifiedAccounts = await inChunks(signal, () => database.transaction(removeOverdue))
  return { ...(swept as Omit<Swept, 'unverified_accounts'>), unverified_accounts: unverifiedAccounts }
}

/** Accounts that nobody showed to be theirs within a day, and the organisations that were made for them. */
async function removeOverdue(queries: Queries): Promise<number> {
  const users = (await queries.rows<{ id: string }>(unverified, [CHUNK])).map(({ id }) => id)
  if (users.length === 0) return 0
  await removeUnverified(queries, users)
  return users.length
}

async function inChunks(signal: AbortSignal, work: () => Promise<number>): Promise<number> {
  let sum = 0
  for (let chunk = 0; chunk < CHUNKS_MAX; chunk += 1) {
    signal.throwIfAborted()
    const count = await work()
    sum += count
    if (count < CHUNK) break
  }
  return sum
}
