/** Characters of one hop that are looked at; a longer one is no address. */
const HOP_CHARACTERS_MAX = 64
/** The same of an element of `Forwarded`, which may say more than who. */
const ELEMENT_CHARACTERS_MAX = 512

/** Walks over the hops of a header from the right, the end that the nearest proxy wrote. */
export interface HopReader {
  /** The next hop to the left without port and brackets, null for one that is no address; undefined after the last. */
  next(): string | null | undefined
}

/** `X-Forwarded-For`: addresses, with a port or in brackets at times, between commas. */
export class XForwardedForHops implements HopReader {
  readonly #field: string
  #end: number

  constructor(field: string) {
    this.#field = field
    this.#end = field.length
  }

  next(): string | null | undefined {
    if (this.#end < 0) return undefined
    const comma = this.#end === 0 ? -1 : this.#field.lastIndexOf(',', this.#end - 1)
    const begin = comma + 1
    const hop = this.#end - begin > HOP_CHARACTERS_MAX ? null : withoutPort(this.#field.slice(begin, this.#end).trim())
    this.#end = comma
    return hop
  }
}

/**
 * `Forwarded` (RFC 7239). Read from the right as well: a quote that a caller left open, in the part it wrote, must not
 * swallow what the proxy wrote behind it.
 */
export class ForwardedHops implements HopReader {
  readonly #field: string
  #end: number

  constructor(field: string) {
    this.#field = field
    this.#end = field.length
  }

  next(): string | null | undefined {
    if (this.#end < 0) return undefined
    let quoted = false
    let at = this.#end - 1
    const least = Math.max(0, this.#end - ELEMENT_CHARACTERS_MAX)
    for (; at >= least; at -= 1) {
      const character = this.#field[at]
      if (character === '"') quoted = !quoted
      else if (character === ',' && !quoted) break
    }
    const tooLong = at < least && least > 0
    const element = tooLong ? null : this.#field.slice(at + 1, this.#end)
    this.#end = tooLong ? -1 : at
    return element === null || quoted ? null : forOf(element)
  }
}

/** The `for` of an element; null when there is none, two, or one that hides itself (`unknown`, `_gateway`). */
function forOf(element: string): string | null {
  let found: string | null = null
  for (const pair of element.split(';')) {
    const match = /^\s*for\s*=\s*(?:"([^"\\]*)"|([^\s"]*))\s*$/i.exec(pair)
    if (!match) continue
    if (found !== null) return null
    found = match[1] ?? match[2] ?? ''
  }
  return found === null || found.length > HOP_CHARACTERS_MAX ? null : withoutPort(found)
}

/** `192.0.2.1:80` and `[2001:db8::1]:80` without what is not address; more than one bare colon is IPv6 as it is. */
function withoutPort(hop: string): string {
  if (hop.startsWith('[')) {
    const close = hop.indexOf(']')
    return close > 0 && /^(?::\d{1,5})?$/.test(hop.slice(close + 1)) ? hop.slice(1, close) : ''
  }
  const colon = hop.indexOf(':')
  if (colon < 0 || hop.indexOf(':', colon + 1) >= 0) return hop
  return /^\d{1,5}$/.test(hop.slice(colon + 1)) ? hop.slice(0, colon) : ''
}
