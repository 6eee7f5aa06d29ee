/** Where a call comes from, as `traceparent` says it. */
export interface TraceParent {
  /** 32 lower case hexadecimal digits, not all zero. */
  readonly traceId: string
  /** 16 lower case hexadecimal digits, not all zero: the caller's span. */
  readonly parentId: string
  readonly sampled: boolean
  /** The caller says that the trace id is random (Level 2 of the standard, flag 02). */
  readonly random: boolean
}

type Header = string | readonly string[] | undefined

const HYPHEN = 45
const LENGTH = 55

const TRACESTATE_MEMBERS_MAX = 32
/** More than any legal use: 32 members of 512 characters would be more than Node takes in all headers. */
const TRACESTATE_CHARS_MAX = 8192

function isHex(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at)
    // Lower case only: 3.2.2 of the standard.
    if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return false
  }
  return true
}

function isZero(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (text.charCodeAt(at) !== 48) return false
  return true
}

function digit(code: number): number {
  return code <= 57 ? code - 48 : code - 87
}

/**
 * Reads `traceparent` (W3C Trace Context, 3.2). Null for whatever does not follow it: the trace then begins here, as the
 * standard asks. Versions above 00 are read as far as 00 goes, whatever follows a further hyphen; `ff` never.
 *
 * @param header as `node:http` gives it; a list, or two values in one, is a header that came twice and counts for nothing
 */
export function parseTraceparent(header: Header): TraceParent | null {
  if (header === undefined) return null
  let text: string
  if (typeof header === 'string') text = header
  else if (header.length === 1) text = header[0] ?? ''
  else return null
  if (text.length !== LENGTH) {
    text = trimmed(text)
    if (text.length < LENGTH) return null
  }
  if (text.charCodeAt(2) !== HYPHEN || text.charCodeAt(35) !== HYPHEN || text.charCodeAt(52) !== HYPHEN) return null
  if (!isHex(text, 0, 2) || !isHex(text, 3, 35) || !isHex(text, 36, 52) || !isHex(text, 53, 55)) return null
  if (text.charCodeAt(0) === 102 && text.charCodeAt(1) === 102) return null
  if (text.length > LENGTH) {
    const isVersion00 = text.charCodeAt(0) === 48 && text.charCodeAt(1) === 48
    // What a later version adds begins with a hyphen. Two headers that something joined have a comma there.
    if (isVersion00 || text.charCodeAt(LENGTH) !== HYPHEN || text.length > 512) return null
  }
  if (isZero(text, 3, 35) || isZero(text, 36, 52)) return null
  const flags = digit(text.charCodeAt(54))
  return {
    traceId: text.slice(3, 35),
    parentId: text.slice(36, 52),
    sampled: (flags & 1) === 1,
    random: (flags & 2) === 2,
  }
}

/** Optional white space around a header's value (RFC 9110, 5.6.3): servers usually take it off. */
function trimmed(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && isBlank(text.charCodeAt(from))) from++
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

/**
 * Writes `traceparent`, version 00.
 * @param random hands on that the trace id is random; only what a caller said
 */
export function formatTraceparent(traceId: string, spanId: string, sampled: boolean, random = false): string {
  return `00-${traceId}-${spanId}-0${(sampled ? 1 : 0) | (random ? 2 : 0)}`
}

/**
 * Reads `tracestate` (W3C Trace Context, 3.3) and returns it as it is handed on: members in their order, without optional
 * white space and empty members. Empty for none, and for one that breaks the grammar, holds a key twice, more than 32
 * members or more than 8,192 characters: half of it would be worth nothing to those who wrote it.
 *
 * @param header several headers are one list, in their order
 */
export function parseTracestate(header: Header): string {
  if (header === undefined || header === '') return ''
  const text = typeof header === 'string' ? header : header.join(',')
  if (text.length > TRACESTATE_CHARS_MAX) return ''
  const keys = new Set<string>()
  let result = ''
  for (const part of text.split(',')) {
    const member = trimmed(part)
    if (member === '') continue
    const key = keyOf(member)
    if (key === '' || keys.has(key) || keys.size === TRACESTATE_MEMBERS_MAX) return ''
    keys.add(key)
    result += result === '' ? member : `,${member}`
  }
  return result
}

/** The key of a member that follows the grammar; empty for one that does not. */
function keyOf(member: string): string {
  const equals = member.indexOf('=')
  if (equals < 1) return ''
  const length = member.length - equals - 1
  if (length < 1 || length > 256 || !isKey(member, equals)) return ''
  for (let at = equals + 1; at < member.length; at++) {
    const code = member.charCodeAt(at)
    // Printable ASCII but for comma and equals sign; the last one is no blank, as the member is trimmed.
    if (code < 32 || code > 126 || code === 61) return ''
  }
  return member.slice(0, equals)
}

/**
 * A simple key: a lower case letter and up to 255 more characters. With a tenant: a letter or digit and up to 240 more, an
 * at sign, then a letter and up to 13 more.
 */
function isKey(text: string, end: number): boolean {
  const sign = text.lastIndexOf('@', end - 1)
  if (sign < 0) return end <= 256 && isLetter(text.charCodeAt(0)) && areKeyChars(text, 1, end)
  const first = text.charCodeAt(0)
  if (sign < 1 || sign > 241 || !(isLetter(first) || isDigit(first)) || !areKeyChars(text, 1, sign)) return false
  const system = end - sign - 1
  return system >= 1 && system <= 14 && isLetter(text.charCodeAt(sign + 1)) && areKeyChars(text, sign + 2, end)
}

function isLetter(code: number): boolean {
  return code >= 97 && code <= 122
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

function areKeyChars(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at)
    // Besides letters and digits: _ - * /
    if (!(isLetter(code) || isDigit(code) || code === 95 || code === 45 || code === 42 || code === 47)) return false
  }
  return true
}
