/** A piece of SQL text. White space has no token. */
export interface SqlToken {
  readonly kind: 'word' | 'quoted-name' | 'string' | 'dollar' | 'number' | 'symbol' | 'comment' | 'parameter'
  /** A word in lower case; a quoted name without its quotes; everything else as it is written. */
  readonly text: string
  readonly start: number
  readonly end: number
}

/** A statement: its tokens without comments, and where it is. */
export interface SqlStatement {
  readonly tokens: readonly SqlToken[]
  readonly start: number
  readonly end: number
  /** Number of its first line, from 1. */
  readonly line: number
}

/** SQL that can't be split into tokens: something in it does not end. */
export class SqlSyntaxError extends Error {
  override readonly name = 'SqlSyntaxError'
  readonly code = 'sql_syntax'
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

const isWordStart = (char: string): boolean => /[A-Za-z_\u0080-\uffff]/.test(char)
const WORD = /[A-Za-z0-9_$\u0080-\uffff]*/y
const NUMBER = /\d[\w.]*/y
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y
const SPACE = /\s+/y
const PARAMETER = /\$\d+/y

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

/** The end of a quoted part whose quote is doubled inside; with `escapes` a backslash covers the next character. */
function endOfQuoted(text: string, start: number, quote: string, escapes: boolean): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text[at]
    if (escapes && char === '\\') at += 1
    else if (char === quote) {
      if (text[at + 1] !== quote) return at + 1
      at += 1
    }
  }
  throw new SqlSyntaxError(`a ${quote} is not closed`, start)
}

/** Block comments nest in PostgreSQL, unlike in the standard. */
function endOfBlockComment(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at += 1) {
    if (text.startsWith('/*', at)) {
      depth += 1
      at += 1
    } else if (text.startsWith('*/', at)) {
      depth -= 1
      at += 1
      if (depth === 0) return at + 1
    }
  }
  throw new SqlSyntaxError('a comment is not closed', start)
}

function commentEnd(text: string, at: number): number | null {
  if (text.startsWith('--', at)) {
    const newline = text.indexOf('\n', at)
    return newline === -1 ? text.length : newline
  }
  return text.startsWith('/*', at) ? endOfBlockComment(text, at) : null
}

/** Strings with a letter in front: E'…' has backslash escapes; B'', X'', N'' and U&'' end like others. */
function prefixedStringEnd(text: string, at: number): number | null {
  const char = text[at]?.toLowerCase() ?? ''
  if ('ebxn'.includes(char) && text[at + 1] === "'") return endOfQuoted(text, at + 1, "'", char === 'e')
  return char === 'u' && text[at + 1] === '&' && text[at + 2] === "'" ? endOfQuoted(text, at + 2, "'", false) : null
}

function dollarEnd(text: string, at: number, tag: string): number {
  const end = text.indexOf(tag, at + tag.length)
  if (end === -1) throw new SqlSyntaxError(`${tag} is not closed`, at)
  return end + tag.length
}

function nextToken(text: string, at: number): SqlToken {
  const make = (kind: SqlToken['kind'], end: number, shown?: string): SqlToken => ({
    kind,
    text: shown ?? text.slice(at, end),
    start: at,
    end,
  })
  const char = text[at] ?? ''
  const comment = commentEnd(text, at)
  if (comment !== null) return make('comment', comment)
  if (char === "'") return make('string', endOfQuoted(text, at, "'", false))
  if (char === '"') {
    const end = endOfQuoted(text, at, '"', false)
    return make('quoted-name', end, text.slice(at + 1, end - 1).replaceAll('""', '"'))
  }
  if (char === '$') {
    const parameter = matchAt(PARAMETER, text, at)
    if (parameter) return make('parameter', at + parameter.length)
    const tag = matchAt(DOLLAR_TAG, text, at)
    if (tag) return make('dollar', dollarEnd(text, at, tag))
  }
  const string = prefixedStringEnd(text, at)
  if (string !== null) return make('string', string)
  if (isWordStart(char)) {
    const end = at + matchAt(WORD, text, at).length
    return make('word', end, text.slice(at, end).toLowerCase())
  }
  if (char >= '0' && char <= '9') return make('number', at + matchAt(NUMBER, text, at).length)
  return make('symbol', at + 1)
}

/**
 * Splits SQL as PostgreSQL's scanner does (Lexical Structure, with `standard_conforming_strings` on): strings with
 * doubled quotes and backslash escapes, quoted names, dollar quotes with tags, nested comments.
 * @throws SqlSyntaxError for a string, name, comment or dollar quote without an end
 */
export function tokenize(text: string): SqlToken[] {
  const tokens: SqlToken[] = []
  let at = 0
  while (at < text.length) {
    const space = matchAt(SPACE, text, at)
    at += space.length
    if (at >= text.length) break
    const token = nextToken(text, at)
    tokens.push(token)
    at = token.end
  }
  return tokens
}

const isWord = (token: SqlToken | undefined, text: string): boolean => token?.kind === 'word' && token.text === text

/** How deep the text is in parentheses and in the body of an SQL function, where semicolons end nothing. */
class Nesting {
  #parentheses = 0
  #bodies = 0

  pass(token: SqlToken, previous: SqlToken | undefined): void {
    if (token.kind === 'symbol' && token.text === '(') this.#parentheses += 1
    else if (token.kind === 'symbol' && token.text === ')') this.#parentheses = Math.max(0, this.#parentheses - 1)
    else if (isWord(token, 'atomic') && isWord(previous, 'begin')) this.#bodies += 1
    else if (this.#bodies > 0 && isWord(token, 'case')) this.#bodies += 1
    else if (this.#bodies > 0 && isWord(token, 'end')) this.#bodies -= 1
  }

  get isInside(): boolean {
    return this.#parentheses > 0 || this.#bodies > 0
  }
}

/**
 * The statements of a text. A semicolon in parentheses or in a body of `begin atomic … end` ends none.
 * @throws SqlSyntaxError
 */
export function statementsOf(text: string, tokens: readonly SqlToken[] = tokenize(text)): SqlStatement[] {
  const statements: SqlStatement[] = []
  let nesting = new Nesting()
  let current: SqlToken[] = []
  let line = 1
  let countedTo = 0
  const finish = (end: number): void => {
    const first = current[0]
    if (first) {
      line += text.slice(countedTo, first.start).split('\n').length - 1
      countedTo = first.start
      statements.push({ tokens: current, start: first.start, end, line })
    }
    current = []
    nesting = new Nesting()
  }
  for (const token of tokens) {
    if (token.kind === 'comment') continue
    nesting.pass(token, current.at(-1))
    if (token.kind === 'symbol' && token.text === ';' && !nesting.isInside) finish(token.start)
    else current.push(token)
  }
  finish(text.length)
  return statements
}
