import { hash } from 'node:crypto'
import type { Digest, Json } from '@greengate/contracts'
import { EvidenceError } from './errors.ts'

/** Deeper than any evidence; a bound, so that hostile input can't exhaust the stack. */
export const JSON_DEPTH_MAX = 256

/**
 * Canonical JSON by RFC 8785. What JSON can't hold is refused instead of dropped: `undefined`, NaN, infinities, bigints,
 * functions, lone surrogates, cycles, holes, class instances. -0 becomes 0, as the RFC says.
 *
 * @throws EvidenceError NOT_JSON with the path of the offending value.
 */
export function canonicalize(value: unknown): string {
  return write(value, 0, null)
}

/** Digest of a value's canonical JSON. @throws EvidenceError NOT_JSON */
export function digestOf(value: Json): Digest {
  return `sha256:${hash('sha256', canonicalize(value), 'hex')}`
}

/** Digest of bytes as they are. */
export function digestOfBytes(bytes: Uint8Array | string): Digest {
  return `sha256:${hash('sha256', bytes, 'hex')}`
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Parses bytes that must be their own canonical encoding. That excludes duplicate keys, white space, other escapes, other
 * spellings of a number and a byte order mark, so that one value has exactly one accepted sequence of bytes.
 *
 * @throws EvidenceError NOT_JSON, NOT_CANONICAL
 */
export function strictParse(bytes: Uint8Array): Json {
  let text: string
  let value: Json
  try {
    // A fatal decoder maps each accepted sequence to a text of its own: comparing texts compares bytes.
    text = decoder.decode(bytes)
    value = JSON.parse(text) as Json
  } catch (cause) {
    throw new EvidenceError('NOT_JSON', 'It is not JSON in UTF-8.', { cause })
  }
  if (canonicalize(value) !== text) {
    throw new EvidenceError('NOT_CANONICAL', 'It is not its own canonical encoding: it was re-encoded or altered.')
  }
  return value
}

/** Path of a value, kept as a list towards the root, so that nothing is built unless something is wrong. */
interface Place {
  readonly parent: Place | null
  readonly key: string | number
}

function write(value: unknown, depth: number, place: Place | null): string {
  switch (typeof value) {
    case 'string':
      return text(value, place)
    case 'number':
      if (!Number.isFinite(value)) throw outside(`${value} is no JSON number`, place)
      // ECMAScript's own form is the one that RFC 8785 asks for; it writes -0 as 0.
      return String(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      if (value === null) return 'null'
      if (depth >= JSON_DEPTH_MAX) {
        throw outside(`it refers to itself, or is nested deeper than ${JSON_DEPTH_MAX} levels`, place)
      }
      return Array.isArray(value) ? list(value, depth, place) : members(value, depth, place)
    case 'bigint':
    case 'function':
    case 'symbol':
    case 'undefined':
      throw outside(`${typeof value} is nothing that JSON can hold`, place)
  }
}

function list(values: readonly unknown[], depth: number, place: Place | null): string {
  let result = '['
  for (let index = 0; index < values.length; index++) {
    if (index > 0) result += ','
    result += write(values[index], depth + 1, { parent: place, key: index })
  }
  return `${result}]`
}

function members(value: object, depth: number, place: Place | null): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw outside('it is not a plain object', place)
  if (Object.getOwnPropertySymbols(value).length > 0) throw outside('it has symbols as keys', place)
  // Sorting strings without a comparison orders them by UTF-16 code units, as RFC 8785 asks.
  const keys = Object.keys(value).sort()
  let result = '{'
  for (const key of keys) {
    if (result.length > 1) result += ','
    const inner = { parent: place, key }
    result += `${text(key, inner)}:${write((value as Record<string, unknown>)[key], depth + 1, inner)}`
  }
  return `${result}}`
}

function text(value: string, place: Place | null): string {
  if (!value.isWellFormed()) throw outside('it holds half of a surrogate pair', place)
  return JSON.stringify(value)
}

function outside(problem: string, place: Place | null): EvidenceError {
  const keys: (string | number)[] = []
  for (let step = place; step; step = step.parent) if (keys.length < 20) keys.unshift(step.key)
  const where = keys.join('.') || 'the whole value'
  return new EvidenceError('NOT_JSON', `It can't be written as canonical JSON: ${where}: ${problem}.`, { where })
}
