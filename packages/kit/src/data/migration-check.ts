import type { MigrationDirectives } from './migration-directives.ts'
import { isRuleName, type MigrationFinding, type MigrationRuleName, migrationRules } from './migration-rules.ts'
import type { SqlStatement, SqlToken } from './sql-tokens.ts'

/** What earlier migrations, and earlier statements of this one, have made. */
export interface CheckContext {
  /** Tables of this very migration: nobody can be waiting for them. */
  readonly newTables: Set<string>
  /** `table.column` with a check that it is not null, from any earlier statement. */
  readonly notNullChecks: Set<string>
}

/** Walks through the tokens of a statement or a part of it. */
class Cursor {
  readonly #tokens: readonly SqlToken[]
  #at = 0

  constructor(tokens: readonly SqlToken[]) {
    this.#tokens = tokens
  }

  /** Takes these words when all of them come next. */
  take(...words: readonly string[]): boolean {
    if (!words.every((word, index) => this.#word(this.#at + index) === word)) return false
    this.#at += words.length
    return true
  }

  takeAny(...words: readonly string[]): string | null {
    const word = this.#word(this.#at)
    if (word === null || !words.includes(word)) return null
    this.#at += 1
    return word
  }

  /** A name with its schema: `public.` is left out, since it is what an unqualified name usually means. */
  name(): string | null {
    const parts: string[] = []
    for (;;) {
      const token = this.#tokens[this.#at]
      if (token?.kind !== 'word' && token?.kind !== 'quoted-name') break
      parts.push(token.text)
      this.#at += 1
      if (this.#tokens[this.#at]?.text !== '.') break
      this.#at += 1
    }
    if (parts.length > 1 && parts[0] === 'public') parts.shift()
    return parts.length === 0 ? null : parts.join('.')
  }

  peek(...words: readonly string[]): boolean {
    return words.every((word, index) => this.#word(this.#at + index) === word)
  }

  /** Whether these words come one after the other anywhere from here. */
  has(...words: readonly string[]): boolean {
    return this.#tokens.some(
      (_, index) => index >= this.#at && words.every((word, i) => this.#word(index + i) === word),
    )
  }

  skipSymbol(symbol: string): void {
    if (this.#tokens[this.#at]?.kind === 'symbol' && this.#tokens[this.#at]?.text === symbol) this.#at += 1
  }

  rest(): readonly SqlToken[] {
    return this.#tokens.slice(this.#at)
  }

  #word(index: number): string | null {
    const token = this.#tokens[index]
    return token?.kind === 'word' ? token.text : null
  }
}

/** Splits at commas outside of parentheses. */
function parts(tokens: readonly SqlToken[]): SqlToken[][] {
  const result: SqlToken[][] = [[]]
  let depth = 0
  for (const token of tokens) {
    if (token.kind === 'symbol' && token.text === '(') depth += 1
    if (token.kind === 'symbol' && token.text === ')') depth -= 1
    if (token.kind === 'symbol' && token.text === ',' && depth === 0) result.push([])
    else result.at(-1)?.push(token)
  }
  return result
}

const CONSTANT_FUNCTIONS = new Set([
  'now',
  'current_timestamp',
  'current_date',
  'current_user',
  'transaction_timestamp',
])

/** What else may stand in front of a parenthesis after a default: types with a size, and constraints. */
const SIZED_TYPES = new Set(
  'check references numeric decimal varchar char character varying bpchar bit varbit float time timetz timestamp timestamptz interval'.split(
    ' ',
  ),
)

/** Whether the default has a function that may give every row another value, which rewrites the table. */
function hasVolatileDefault(tokens: readonly SqlToken[]): boolean {
  const start = tokens.findIndex((token) => token.kind === 'word' && token.text === 'default')
  if (start === -1) return false
  return tokens.some(
    (token, index) =>
      index > start &&
      token.kind === 'word' &&
      tokens[index + 1]?.text === '(' &&
      !CONSTANT_FUNCTIONS.has(token.text) &&
      !SIZED_TYPES.has(token.text),
  )
}

function columnRules(tokens: readonly SqlToken[]): MigrationRuleName[] {
  const cursor = new Cursor(tokens)
  const rules: MigrationRuleName[] = []
  const isSerial = ['serial', 'bigserial', 'smallserial', 'serial4', 'serial8', 'serial2'].some((type) =>
    cursor.has(type),
  )
  const isGenerated = cursor.has('generated')
  if (
    (cursor.has('not', 'null') || cursor.has('primary', 'key')) &&
    !cursor.has('default') &&
    !isGenerated &&
    !isSerial
  )
    rules.push('add-column-not-null')
  if (isSerial || cursor.has('stored') || cursor.has('identity') || hasVolatileDefault(tokens))
    rules.push('table-rewrite')
  if (cursor.has('unique') || cursor.has('primary', 'key')) rules.push('constraint-builds-index')
  if (cursor.has('references') || cursor.has('check')) rules.push('constraint-not-valid')
  return rules
}

/** `check (column is not null)`, with or without more parentheses. */
function notNullColumn(tokens: readonly SqlToken[]): string | null {
  const words = tokens.filter((token) => token.kind !== 'symbol').map((token) => token.text)
  const at = words.indexOf('check')
  return words[at + 2] === 'is' && words[at + 3] === 'not' && words[at + 4] === 'null' ? (words[at + 1] ?? null) : null
}

function addRules(cursor: Cursor, table: string, context: CheckContext): MigrationRuleName[] {
  const isNamed = cursor.take('constraint') && cursor.name() !== null
  const kind = cursor.takeAny('check', 'foreign', 'unique', 'primary', 'exclude', ...(isNamed ? ['not'] : []))
  if (kind === null) {
    if (isNamed) return ['constraint-not-valid']
    cursor.take('column')
    cursor.take('if', 'not', 'exists')
    return columnRules(cursor.rest())
  }
  if (kind === 'unique' || kind === 'primary' || kind === 'exclude')
    return cursor.has('using', 'index') && kind !== 'exclude' ? [] : ['constraint-builds-index']
  const column =
    kind === 'check' ? notNullColumn([{ kind: 'word', text: 'check', start: 0, end: 0 }, ...cursor.rest()]) : null
  if (column !== null) context.notNullChecks.add(`${table}.${column}`)
  return cursor.has('not', 'valid') ? [] : ['constraint-not-valid']
}

function alterColumnRules(cursor: Cursor, table: string, context: CheckContext): MigrationRuleName[] {
  cursor.take('column')
  const column = cursor.name()
  if (cursor.take('type') || cursor.take('set', 'data', 'type')) return ['alter-type']
  if (cursor.take('set', 'not', 'null'))
    return context.notNullChecks.has(`${table}.${String(column)}`) ? [] : ['set-not-null']
  return cursor.take('add', 'generated') ? [] : []
}

function alterTableRules(cursor: Cursor, context: CheckContext): MigrationRuleName[] {
  cursor.take('if', 'exists')
  cursor.take('only')
  const table = cursor.name() ?? ''
  cursor.skipSymbol('*')
  if (context.newTables.has(table)) return []
  return parts(cursor.rest()).flatMap((tokens) => {
    const action = new Cursor(tokens)
    if (action.take('add')) return addRules(action, table, context)
    if (action.take('alter')) return alterColumnRules(action, table, context)
    if (action.take('rename')) return action.peek('constraint') ? [] : ['rename']
    if (action.take('drop')) return action.peek('constraint') ? [] : ['drop-column']
    if (action.take('set', 'schema')) return ['rename']
    if (['logged', 'unlogged', 'tablespace', 'access'].some((word) => action.peek('set', word)))
      return ['table-rewrite']
    return []
  })
}

function createRules(cursor: Cursor, context: CheckContext): MigrationRuleName[] {
  cursor.take('or', 'replace')
  for (let word = cursor.takeAny('global', 'local'); word !== null; word = cursor.takeAny('global', 'local'));
  const isTemporary = cursor.takeAny('temp', 'temporary') !== null
  cursor.take('unlogged')
  if (cursor.take('table')) {
    // `if not exists` may find an old table, which is then not new.
    if (cursor.take('if', 'not', 'exists') && !isTemporary) return []
    const table = cursor.name()
    if (table !== null) context.newTables.add(table)
    return []
  }
  cursor.take('unique')
  if (!cursor.take('index')) return []
  if (cursor.take('concurrently')) return []
  cursor.take('if', 'not', 'exists')
  if (!cursor.peek('on')) cursor.name()
  cursor.take('on')
  cursor.take('only')
  return context.newTables.has(cursor.name() ?? '') ? [] : ['index-not-concurrent']
}

const DROPPED_OBJECTS = [
  'schema',
  'view',
  'materialized',
  'type',
  'domain',
  'function',
  'procedure',
  'routine',
  'sequence',
  'owned',
]

function dropRules(cursor: Cursor, context: CheckContext): MigrationRuleName[] {
  if (cursor.take('index')) return cursor.peek('concurrently') ? [] : ['drop-index-not-concurrent']
  if (cursor.take('table')) {
    cursor.take('if', 'exists')
    const names = parts(cursor.rest()).map((tokens) => new Cursor(tokens).name() ?? '')
    return names.every((name) => context.newTables.has(name)) ? [] : ['drop-table']
  }
  return cursor.takeAny(...DROPPED_OBJECTS) === null ? [] : ['drop-object']
}

function alterRules(cursor: Cursor, context: CheckContext): MigrationRuleName[] {
  if (cursor.take('table')) return alterTableRules(cursor, context)
  const isHarmless = cursor.takeAny('index', 'trigger', 'policy', 'role', 'user', 'database', 'system') !== null
  return !isHarmless && cursor.has('rename') ? ['rename'] : []
}

const TRANSACTION_CONTROL = ['begin', 'start', 'commit', 'end', 'rollback', 'abort', 'savepoint', 'release']

function otherRules(cursor: Cursor): MigrationRuleName[] {
  if (cursor.takeAny(...TRANSACTION_CONTROL) !== null || cursor.take('prepare', 'transaction'))
    return ['transaction-control']
  if (cursor.take('truncate')) return ['truncate']
  if (cursor.take('lock')) return ['lock-table']
  if (cursor.takeAny('do', 'call', 'prepare', 'execute') !== null) return ['do-block']
  if (cursor.take('set')) {
    cursor.takeAny('local', 'session')
    return cursor.takeAny('lock_timeout', 'statement_timeout', 'transaction_timeout') === null
      ? []
      : ['timeout-override']
  }
  if (cursor.take('cluster')) return ['blocking-rewrite']
  if (cursor.take('vacuum')) return cursor.has('full') ? ['blocking-rewrite'] : []
  const isHeavy = cursor.take('reindex') || cursor.take('refresh', 'materialized', 'view')
  return isHeavy && !cursor.has('concurrently') ? ['blocking-rewrite'] : []
}

/** What may be run again after it half happened: nothing else may be in a migration without a transaction. */
function isRepeatable(tokens: readonly SqlToken[]): boolean {
  const cursor = new Cursor(tokens)
  if (cursor.takeAny('vacuum', 'analyze', 'reindex') !== null) return true
  if (cursor.take('create')) {
    cursor.take('unique')
    return cursor.take('index', 'concurrently', 'if', 'not', 'exists') && !cursor.peek('on')
  }
  if (cursor.take('drop')) return cursor.take('index', 'concurrently', 'if', 'exists')
  if (cursor.take('alter', 'type')) return cursor.has('add', 'value', 'if', 'not', 'exists')
  return cursor.take('alter', 'table') && cursor.has('validate', 'constraint')
}

function rulesOf(statement: SqlStatement, directives: MigrationDirectives, context: CheckContext): MigrationRuleName[] {
  const cursor = new Cursor(statement.tokens)
  const rules = cursor.take('create')
    ? createRules(cursor, context)
    : cursor.take('alter')
      ? alterRules(cursor, context)
      : cursor.take('drop')
        ? dropRules(cursor, context)
        : otherRules(cursor)
  const first = new Cursor(statement.tokens)
  const needsNone = first.peek('vacuum') || isConcurrent(statement.tokens)
  if (directives.isTransactional && needsNone) rules.push('concurrently-in-transaction')
  if (!directives.isTransactional && !isRepeatable(statement.tokens)) rules.push('not-repeatable')
  return rules
}

function isConcurrent(tokens: readonly SqlToken[]): boolean {
  const cursor = new Cursor(tokens)
  if (cursor.takeAny('create', 'drop') !== null) {
    cursor.take('unique')
    return cursor.take('index', 'concurrently')
  }
  return cursor.take('reindex') && cursor.has('concurrently')
}

/** An index that a migration builds concurrently, and its table, both as they are written. */
export interface ConcurrentIndex {
  readonly index: string
  readonly table: string
}

export function concurrentIndexes(statements: readonly SqlStatement[]): ConcurrentIndex[] {
  return statements.flatMap(({ tokens }) => {
    const cursor = new Cursor(tokens)
    if (!cursor.take('create')) return []
    cursor.take('unique')
    if (!cursor.take('index', 'concurrently')) return []
    cursor.take('if', 'not', 'exists')
    const index = cursor.peek('on') ? null : cursor.name()
    cursor.take('on')
    cursor.take('only')
    const table = cursor.name()
    return index === null || table === null ? [] : [{ index, table }]
  })
}

/**
 * Finds what is dangerous in a migration and not acknowledged. Compatibility counts in expand migrations only; locks
 * count in both phases.
 * @throws RangeError for an acknowledgement of a rule that does not exist, takes no reason, or found nothing
 */
export function checkMigration(
  text: string,
  statements: readonly SqlStatement[],
  directives: MigrationDirectives,
  context: CheckContext,
): MigrationFinding[] {
  const used = new Set<string>()
  const findings: MigrationFinding[] = []
  for (const statement of statements) {
    for (const rule of new Set(rulesOf(statement, directives, context))) {
      const { kind, fix } = migrationRules[rule]
      if (kind === 'compatibility' && directives.phase === 'contract') continue
      if (kind !== 'form' && directives.allowed.has(rule)) {
        used.add(rule)
        continue
      }
      const shown = text.slice(statement.start, statement.end).replaceAll(/\s+/g, ' ').slice(0, 80)
      findings.push({ rule, line: statement.line, statement: shown, fix })
    }
  }
  for (const rule of directives.allowed.keys()) {
    if (!isRuleName(rule)) throw new RangeError(`"allow ${rule}": there is no such rule`)
    if (migrationRules[rule].kind === 'form')
      throw new RangeError(`"allow ${rule}": no reason is accepted for this one`)
    if (!used.has(rule)) throw new RangeError(`"allow ${rule}": nothing needs it; remove it`)
  }
  return findings
}
