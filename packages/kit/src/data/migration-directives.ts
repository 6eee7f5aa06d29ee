import { parseVersion } from './semver.ts'
import type { SqlToken } from './sql-tokens.ts'

/**
 * Expand: what the running release does not notice. Contract: takes away what only older releases use. Both together
 * are how a schema changes without an outage (Fowler, "Parallel Change").
 */
export type MigrationPhase = 'expand' | 'contract'

/** What the comments of a migration say about it. */
export interface MigrationDirectives {
  /** `-- kit: phase contract`. Default `expand`, which allows less. */
  readonly phase: MigrationPhase
  /** `-- kit: replicas >= 1.4.0`: the oldest release that may still run. Every contract migration says it. */
  readonly replicas: string | null
  /** `-- kit: no-transaction`: for `create index concurrently` and its like. */
  readonly isTransactional: boolean
  /** `-- kit: lock-timeout-ms 500`; null: the runner's. */
  readonly lockTimeoutMs: number | null
  /** `-- kit: statement-timeout-ms 600000`; null: the runner's. */
  readonly statementTimeoutMs: number | null
  /** `-- kit: allow <rule> because <reason>`: reasons by rule. */
  readonly allowed: ReadonlyMap<string, string>
}

const DIRECTIVE = /^--\s*kit\s*:\s*(.*?)\s*$/
const LOCK_TIMEOUT_MAX_MS = 60_000
const STATEMENT_TIMEOUT_MAX_MS = 4 * 3_600_000

function milliseconds(text: string, maxMs: number): number {
  const value = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : Number.NaN
  if (!(value <= maxMs)) throw new RangeError(`expected milliseconds from 1 to ${maxMs}, got ${JSON.stringify(text)}`)
  return value
}

type Draft = { -readonly [K in keyof MigrationDirectives]?: MigrationDirectives[K] } & { allowed: Map<string, string> }

function read(draft: Draft, text: string): void {
  const [name = '', ...words] = text.split(/\s+/)
  const rest = words.join(' ')
  const once = <K extends keyof MigrationDirectives>(key: K, value: MigrationDirectives[K]): void => {
    if (draft[key] !== undefined) throw new RangeError(`"${name}" is said twice`)
    Object.assign(draft, { [key]: value })
  }
  switch (name) {
    case 'phase':
      if (rest !== 'expand' && rest !== 'contract')
        throw new RangeError(`expected "phase expand" or "phase contract", got ${JSON.stringify(text)}`)
      return once('phase', rest)
    case 'replicas': {
      const version = /^>=\s*(\S+)$/.exec(rest)?.[1] ?? ''
      if (!parseVersion(version)) throw new RangeError(`expected "replicas >= 1.4.0", got ${JSON.stringify(text)}`)
      return once('replicas', version)
    }
    case 'no-transaction':
      if (rest !== '') throw new RangeError(`expected "no-transaction" alone, got ${JSON.stringify(text)}`)
      return once('isTransactional', false)
    case 'lock-timeout-ms':
      return once('lockTimeoutMs', milliseconds(rest, LOCK_TIMEOUT_MAX_MS))
    case 'statement-timeout-ms':
      return once('statementTimeoutMs', milliseconds(rest, STATEMENT_TIMEOUT_MAX_MS))
    case 'allow': {
      const match = /^([a-z-]+) because (.{10,500})$/.exec(rest)
      const [, rule = '', reason = ''] = match ?? []
      if (!match)
        throw new RangeError(
          `expected "allow <rule> because <reason of 10 characters or more>", got ${JSON.stringify(text)}`,
        )
      if (draft.allowed.has(rule)) throw new RangeError(`"allow ${rule}" is said twice`)
      draft.allowed.set(rule, reason)
      return
    }
    default:
      throw new RangeError(
        `unknown directive ${JSON.stringify(name)}: expected phase, replicas, no-transaction, lock-timeout-ms, statement-timeout-ms or allow`,
      )
  }
}

/**
 * Reads `-- kit:` comments. Only comments count: the same text in a string or a function's body means nothing.
 * @throws RangeError for an unknown, malformed or repeated directive, and for a contract without `replicas`
 */
export function directivesOf(tokens: readonly SqlToken[]): MigrationDirectives {
  const draft: Draft = { allowed: new Map() }
  for (const token of tokens) {
    const text = token.kind === 'comment' ? DIRECTIVE.exec(token.text)?.[1] : undefined
    if (text !== undefined) read(draft, text)
  }
  const phase = draft.phase ?? 'expand'
  if (phase === 'contract' && draft.replicas === undefined)
    throw new RangeError(
      'a contract migration has to say "-- kit: replicas >= <version>": the oldest release that can run with it',
    )
  return {
    phase,
    replicas: draft.replicas ?? null,
    isTransactional: draft.isTransactional ?? true,
    lockTimeoutMs: draft.lockTimeoutMs ?? null,
    statementTimeoutMs: draft.statementTimeoutMs ?? null,
    allowed: draft.allowed,
  }
}
