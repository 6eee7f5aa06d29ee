/** An object as it is to be copied: its members, its items, or one value that stands for it. */
export type Readable =
  | { readonly kind: 'members'; readonly members: readonly (readonly [string, unknown])[] }
  | { readonly kind: 'list'; readonly items: readonly unknown[] }
  | { readonly kind: 'value'; readonly value: unknown }

/** What of an error's own members is worth a line; the rest (sockets, agents, bodies) is neither safe nor short. */
const ERROR_FIELDS = [
  'status',
  'statusCode',
  'errno',
  'syscall',
  'address',
  'port',
  'path',
  'method',
  'url',
  'severity',
  'constraint',
  'table',
  'column',
  'routine',
  'problems',
  'config',
  'request',
  'response',
  'headers',
] as const
/** What of a request, a response or the configuration of a client that hangs on an error is worth a line. */
const EXCHANGE_FIELDS = [
  'method',
  'url',
  'baseURL',
  'path',
  'host',
  'hostname',
  'port',
  'status',
  'statusCode',
  'statusText',
  'timeout',
  'params',
  'headers',
] as const
const EXCHANGES: ReadonlySet<string> = new Set(['config', 'request', 'response'])
const MISSING = Symbol('missing')

/** A member, or MISSING when it is not there or reading it throws. */
function member(value: object, name: string): unknown {
  try {
    return name in value ? (Reflect.get(value, name) as unknown) : MISSING
  } catch {
    return '[unreadable]'
  }
}

/** At most `itemsMax` members or items of any object. May throw what its traps and iterators throw. */
export function readable(value: object, itemsMax: number): Readable {
  if (Array.isArray(value)) return { kind: 'list', items: capped(value, value.length, itemsMax) }
  if (value instanceof Error) return { kind: 'members', members: errorMembers(value) }
  if (value instanceof Date) {
    const ms = value.getTime()
    return { kind: 'value', value: Number.isNaN(ms) ? null : new Date(ms).toISOString() }
  }
  if (value instanceof Map) return { kind: 'members', members: pairs(value, itemsMax) }
  if (value instanceof Set) return { kind: 'list', items: taken(value, value.size, itemsMax) }
  // Never their content: nobody can tell what is in it.
  if (ArrayBuffer.isView(value)) return { kind: 'value', value: `[binary, ${value.byteLength} bytes]` }
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer)
    return { kind: 'value', value: `[binary, ${value.byteLength} bytes]` }
  if (value instanceof URL) return { kind: 'value', value: value.href }
  if (value instanceof URLSearchParams || value instanceof Headers || value instanceof FormData)
    return { kind: 'members', members: pairs(value, itemsMax) }
  if (value instanceof String || value instanceof Number || value instanceof Boolean)
    return { kind: 'value', value: value.valueOf() }
  if (value instanceof RegExp) return { kind: 'value', value: String(value) }
  const toJSON = member(value, 'toJSON')
  if (typeof toJSON === 'function') return { kind: 'value', value: Reflect.apply(toJSON, value, ['']) as unknown }
  return { kind: 'members', members: ownMembers(value, itemsMax) }
}

function capped(items: readonly unknown[], length: number, itemsMax: number): unknown[] {
  const copy: unknown[] = []
  for (let index = 0; index < length && index < itemsMax; index++) copy.push(items[index])
  if (length > itemsMax) copy.push(`[${length - itemsMax} more]`)
  return copy
}

function taken(items: Iterable<unknown>, size: number, itemsMax: number): unknown[] {
  const copy: unknown[] = []
  for (const item of items) {
    if (copy.length === itemsMax) {
      copy.push(`[${size - itemsMax} more]`)
      break
    }
    copy.push(item)
  }
  return copy
}

function pairs(entries: Iterable<readonly unknown[]>, itemsMax: number): (readonly [string, unknown])[] {
  const members: (readonly [string, unknown])[] = []
  for (const [key, item] of entries) {
    if (members.length === itemsMax) {
      members.push(['...', '[more]'])
      break
    }
    members.push([typeof key === 'object' && key !== null ? '[object]' : String(key), item])
  }
  return members
}

function ownMembers(value: object, itemsMax: number): (readonly [string, unknown])[] {
  const members: (readonly [string, unknown])[] = []
  const keys = Object.keys(value)
  for (const key of keys) {
    if (members.length === itemsMax) {
      members.push(['...', `[${keys.length - itemsMax} more]`])
      break
    }
    const item = member(value, key)
    if (item !== MISSING) members.push([key, item])
  }
  return members
}

/**
 * Name, code, message, the fields that explain, causes, the errors of an AggregateError, and the stack where no code
 * explains it: an operating error with a code is explained by the code.
 */
function errorMembers(error: Error): (readonly [string, unknown])[] {
  const code = member(error, 'code')
  const members: (readonly [string, unknown])[] = [['name', textOf(member(error, 'name'))]]
  const coded = typeof code === 'string' || typeof code === 'number'
  if (coded) members.push(['code', code])
  members.push(['message', textOf(member(error, 'message'))])
  for (const field of ERROR_FIELDS) {
    const item = member(error, field)
    if (item === MISSING || item === undefined || item === null || item === '' || isEmpty(item)) continue
    members.push([field, EXCHANGES.has(field) && typeof item === 'object' ? exchangeOf(item) : item])
  }
  const cause = member(error, 'cause')
  if (cause !== MISSING && cause !== undefined) members.push(['cause', cause])
  const errors = member(error, 'errors')
  if (Array.isArray(errors)) members.push(['errors', errors])
  const stack = member(error, 'stack')
  if (!coded && typeof stack === 'string') members.push(['stack', stack])
  return members
}

function exchangeOf(exchange: object): Record<string, unknown> {
  const picked: Record<string, unknown> = {}
  for (const field of EXCHANGE_FIELDS) {
    const item = member(exchange, field)
    if (item !== MISSING && item !== undefined && typeof item !== 'function') picked[field] = item
  }
  return picked
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '[unreadable]'
}

function isEmpty(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.length === 0
  const prototype: unknown = Object.getPrototypeOf(value)
  return (prototype === Object.prototype || prototype === null) && Object.keys(value).length === 0
}
