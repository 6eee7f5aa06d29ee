import { KnownSecrets } from './known-secrets.ts'
import { SecretKeys } from './secret-keys.ts'
import { hidePairs } from './secret-pairs.ts'
import { HIDDEN, hideShapes, mayHoldSecret } from './secret-text.ts'
import { readable } from './redact-objects.ts'

export interface RedactorOptions {
  /** Further words that make a key secret wherever they occur in it, in any spelling. Default none. */
  readonly secretKeys?: readonly string[]
  /** Keys that look secret and are not, in any spelling. Default none; `token_type` and the like are known. */
  readonly allowedKeys?: readonly string[]
  /** Levels of objects and lists that are followed. Default 8. */
  readonly depthMax?: number
  /** Members of one object or list that are kept. Default 50. */
  readonly itemsMax?: number
  /** Characters of one text that are kept. Default 4,096. */
  readonly charsMax?: number
  /** Characters of all texts of one value together, and values in it times ten. Default 65,536. */
  readonly totalCharsMax?: number
}

/** How much of one value may still be copied. */
interface Budget {
  chars: number
  nodes: number
  /** The objects that hold the current one: tells a cycle from what merely occurs twice. */
  readonly path: object[]
}

/** Text looked at past the limit, so that a secret across the limit is seen whole. */
const OVERLAP_CHARS = 2048
const TOO_MUCH = '[too much]'

/**
 * Takes secrets out of what leaves the process as text: by key, by known value, and by the look of the text, in every
 * shape that errors, clients and frameworks bring along. Never throws; bounded in depth, breadth, text and total.
 *
 * @example
 * const redactor = new Redactor(['s3cr3t-of-ours'])
 * redactor.value({ headers: { authorization: 'Bearer abc' }, note: 'password=hunter2' })
 * // { headers: { authorization: '[redacted]' }, note: 'password=[redacted]' }
 */
export class Redactor {
  readonly #keys: SecretKeys
  readonly #secrets: KnownSecrets
  readonly #depthMax: number
  readonly #itemsMax: number
  readonly #charsMax: number
  readonly #totalCharsMax: number

  /**
   * @param secrets values that are hidden wherever they occur, encoded ones included; those below 6 characters are
   *   ignored
   * @throws RangeError for a limit that is not a positive whole number
   */
  constructor(secrets: readonly string[] = [], options: RedactorOptions = {}) {
    this.#secrets = new KnownSecrets(secrets)
    this.#keys = new SecretKeys(options.secretKeys, options.allowedKeys)
    this.#depthMax = options.depthMax ?? 8
    this.#itemsMax = options.itemsMax ?? 50
    this.#charsMax = options.charsMax ?? 4096
    this.#totalCharsMax = options.totalCharsMax ?? 65_536
    for (const limit of [this.#depthMax, this.#itemsMax, this.#charsMax, this.#totalCharsMax]) {
      if (!Number.isInteger(limit) || limit < 1)
        throw new RangeError(`a limit of the redactor must be a whole number above 0, not ${limit}`)
    }
  }

  /** The text without secrets, cut to the limit. Short text without anything suspicious comes back as it is. */
  text(value: string): string {
    const { length } = value
    const cut = length > this.#charsMax
    const looked = cut ? value.slice(0, this.#charsMax + Math.max(OVERLAP_CHARS, this.#secrets.charsMax)) : value
    let text = length < this.#secrets.charsMin ? looked : this.#secrets.replace(looked, HIDDEN)
    if (length === 36 && isUuid(text)) return text
    if (mayHoldSecret(text)) text = hideShapes(hidePairs(text, this.#keys), this.#keys)
    return cut || text.length > this.#charsMax * 2 ? `${text.slice(0, this.#charsMax)}...` : text
  }

  /** Whether a value under this key has to be hidden. */
  hides(key: string, value: unknown): boolean {
    const kind = this.#keys.kind(key)
    if (kind === 'plain' || value === null || value === undefined) return false
    return kind === 'secret' || (typeof value !== 'number' && typeof value !== 'boolean')
  }

  /**
   * A copy that is safe to serialise with `JSON.stringify`: plain objects, lists, texts, numbers, booleans and nulls.
   * Errors become name, code, message, stack and causes; functions and symbols are left out, as JSON does.
   */
  value(value: unknown): unknown {
    return this.#copy(value, { chars: this.#totalCharsMax, nodes: Math.ceil(this.#totalCharsMax / 10), path: [] })
  }

  #copy(value: unknown, budget: Budget): unknown {
    switch (typeof value) {
      case 'string': {
        if (budget.chars <= 0) return TOO_MUCH
        const text = this.text(value)
        budget.chars -= text.length
        return text
      }
      case 'number':
        return Number.isFinite(value) ? value : null
      case 'boolean':
        return value
      case 'bigint':
        return this.text(value.toString())
      case 'object':
        return value === null ? null : this.#object(value, budget)
      case 'undefined':
      case 'function':
      case 'symbol':
        return undefined
    }
  }

  #object(value: object, budget: Budget): unknown {
    if (budget.nodes <= 0) return TOO_MUCH
    if (budget.path.includes(value)) return '[circular]'
    if (budget.path.length >= this.#depthMax) return '[too deep]'
    budget.path.push(value)
    try {
      const read = readable(value, this.#itemsMax)
      if (read.kind === 'value') return this.#copy(read.value, budget)
      return read.kind === 'list' ? this.#list(read.items, budget) : this.#members(read.members, budget)
    } catch {
      // A getter, a proxy or a toJSON of somebody else: the line has to be written all the same.
      return '[unreadable]'
    } finally {
      budget.path.pop()
    }
  }

  /** Lists, and in them the forms in which headers come: `[name, value]` and `[name, value, name, value]`. */
  #list(items: readonly unknown[], budget: Budget): unknown[] {
    const copy: unknown[] = []
    for (let index = 0; index < items.length; index++) {
      if (spent(budget)) {
        copy.push(TOO_MUCH)
        break
      }
      const item = items[index]
      const before: unknown = index > 0 ? items[index - 1] : undefined
      const named = typeof before === 'string' && before.length <= 64 && typeof item !== 'object'
      copy.push(
        (named || items.length === 2) && typeof before === 'string' && this.hides(before, item)
          ? HIDDEN
          : (this.#copy(item, budget) ?? null),
      )
    }
    return copy
  }

  #members(members: readonly (readonly [string, unknown])[], budget: Budget): Record<string, unknown> {
    // Without a prototype, so that a member named `__proto__` is only a member.
    const copy = Object.create(null) as Record<string, unknown>
    const label = labelOf(members)
    for (const [key, item] of members) {
      if (spent(budget)) {
        copy['...'] = TOO_MUCH
        break
      }
      const hidden =
        this.hides(key, item) || (label !== '' && (key === 'value' || key === 'val') && this.hides(label, item))
      const safe = hidden ? HIDDEN : this.#copy(item, budget)
      if (safe !== undefined) copy[key.length < 6 ? key : this.text(key)] = safe
    }
    return copy
  }
}

/** The commonest long text of a log; what is secret about one is said by its key. */
function isUuid(text: string): boolean {
  for (let at = 0; at < 36; at++) {
    const code = text.charCodeAt(at)
    const isHex = (code >= 48 && code <= 57) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70)
    if (at === 8 || at === 13 || at === 18 || at === 23 ? code !== 45 : !isHex) return false
  }
  return true
}

/** Counts one more value; true when there may be no more of them. */
function spent(budget: Budget): boolean {
  return budget.chars <= 0 || budget.nodes-- <= 0
}

/** The name in `{ name: 'authorization', value: '...' }`, as HTTP archives and form libraries write it. */
function labelOf(members: readonly (readonly [string, unknown])[]): string {
  for (const [key, item] of members) {
    if ((key === 'name' || key === 'key' || key === 'header') && typeof item === 'string') return item
  }
  return ''
}
