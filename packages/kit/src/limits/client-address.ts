import { isIPv4, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'
import { ForwardedHops, type HopReader, XForwardedForHops } from './forwarding-header.ts'
import { whole } from './rate-limit.ts'

export interface ClientAddressOptions {
  /**
   * The proxies in front, as addresses or CIDR blocks (`10.0.0.0/8`, `2001:db8::/32`); what anybody else says about
   * forwarding is ignored. Default none: the socket's address counts.
   */
  readonly trusted?: readonly string[]
  /**
   * The one header that those proxies write, and overwrite or append to whatever a caller sent; the other is ignored.
   * Default `x-forwarded-for`.
   */
  readonly header?: 'x-forwarded-for' | 'forwarded'
  /**
   * How much of an IPv6 address is one caller to limits; bits, 32 to 128. Default 64: a subscriber has at least a /64
   * and could else have a new address for every request.
   */
  readonly ipv6PrefixBits?: number
  /** Proxies in a row that are looked through, 1 to 32. Default 8. */
  readonly hopsMax?: number
}

/** Who sent a request. */
export interface ClientLocation {
  /** In its usual form; IPv4 inside of IPv6 (`::ffff:192.0.2.1`) as IPv4. `unknown` where a socket has none. */
  readonly address: string
  /** What limits count by: the address, of IPv6 its prefix, `2001:db8:1:2::/64`. */
  readonly limitKey: string
}

/** What is looked at of a request; Node's `IncomingMessage` is one. */
export interface AddressedRequest {
  readonly socket: { readonly remoteAddress?: string | undefined }
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

interface Hop {
  readonly location: ClientLocation
  readonly trusted: boolean
}

/** Parsed hops kept: callers come back. Two generations of it, so that a flood of new ones costs two maps at most. */
const CACHED_MAX = 2000
const unknown: Hop = { location: { address: 'unknown', limitKey: 'unknown' }, trusted: false }

/**
 * The address that a request comes from, by proxies that are named. The forwarding header is read from the right, and
 * the first address that is no trusted proxy is the caller; where something stands that is no address, the last
 * trustworthy one is. Nothing that a caller can write makes it throw, or makes the caller somebody else.
 *
 * @throws RangeError for a block that is none or trusts everybody, or an option outside of its range
 * @example
 * const clientAddress = createClientAddress({ trusted: ['10.0.0.0/8'] })
 * const { address, limitKey } = clientAddress.of(request)
 */
export function createClientAddress(options: ClientAddressOptions = {}): ClientAddress {
  return new ClientAddress(options)
}

export class ClientAddress {
  readonly #trusted: readonly (readonly [ipaddr.IPv4 | ipaddr.IPv6, number])[]
  readonly #header: 'x-forwarded-for' | 'forwarded'
  readonly #prefixBits: number
  readonly #hopsMax: number
  /** A connection carries many requests and its other end does not change. */
  readonly #sockets = new WeakMap<object, Hop>()
  #recent = new Map<string, Hop>()
  #before = new Map<string, Hop>()

  constructor(options: ClientAddressOptions = {}) {
    this.#trusted = (options.trusted ?? []).map(blockOf)
    this.#header = options.header ?? 'x-forwarded-for'
    if (this.#header !== 'x-forwarded-for' && this.#header !== 'forwarded')
      throw new RangeError(`header is ${String(this.#header)}: expected x-forwarded-for or forwarded`)
    this.#prefixBits = options.ipv6PrefixBits ?? 64
    whole(this.#prefixBits, 32, 128, 'ipv6PrefixBits')
    this.#hopsMax = options.hopsMax ?? 8
    whole(this.#hopsMax, 1, 32, 'hopsMax')
  }

  /** Who sent `request`. Never throws. */
  of(request: AddressedRequest): ClientLocation {
    const { socket } = request
    let peer = this.#sockets.get(socket)
    if (peer === undefined) {
      peer = this.#hop(socket.remoteAddress ?? '') ?? unknown
      // A socket without an address may still get one; one that has lost it was seen before.
      if (peer !== unknown) this.#sockets.set(socket, peer)
    }
    if (!peer.trusted) return peer.location
    const field = request.headers[this.#header]
    if (field === undefined) return peer.location
    const text = typeof field === 'string' ? field : field.join(',')
    return this.#walk(peer, this.#header === 'forwarded' ? new ForwardedHops(text) : new XForwardedForHops(text))
  }

  /** Whether the other end of the connection is one of the trusted proxies: what it says about forwarding may be believed. */
  isFromProxy({ socket }: Pick<AddressedRequest, 'socket'>): boolean {
    return (this.#sockets.get(socket) ?? this.#hop(socket.remoteAddress ?? ''))?.trusted ?? false
  }

  #walk(peer: Hop, hops: HopReader): ClientLocation {
    let last = peer
    for (let walked = 0; walked < this.#hopsMax; walked += 1) {
      const text = hops.next()
      const hop = typeof text === 'string' ? this.#known(text) : null
      if (hop === null) break
      last = hop
      if (!hop.trusted) break
    }
    return last.location
  }

  #known(text: string): Hop | null {
    const known = this.#recent.get(text)
    if (known !== undefined) return known
    const hop = this.#before.get(text) ?? this.#hop(text)
    if (hop === null) return null
    if (this.#recent.size >= CACHED_MAX) {
      this.#before = this.#recent
      this.#recent = new Map()
    }
    // A copy: a slice would keep the whole header that it was cut from.
    this.#recent.set(Buffer.from(text, 'latin1').toString('latin1'), hop)
    return hop
  }

  #hop(text: string): Hop | null {
    const address = parsed(text)
    if (address === null) return null
    const plain = address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString()
    const trusted = this.#trusted.some(([block, bits]) => block.kind() === address.kind() && address.match(block, bits))
    return { location: { address: plain, limitKey: this.#limitKey(address, plain) }, trusted }
  }

  #limitKey(address: ipaddr.IPv4 | ipaddr.IPv6, plain: string): string {
    const bits = this.#prefixBits
    if (!(address instanceof ipaddr.IPv6) || bits === 128) return plain
    const masked = address.parts.map((part, index) => {
      const kept = Math.max(0, Math.min(16, bits - 16 * index))
      return part & (0xff_ff << (16 - kept)) & 0xff_ff
    })
    return `${new ipaddr.IPv6(masked).toRFC5952String()}/${bits}`
  }
}

/** Strict forms only: neither `127.1` nor `0x7f000001` is an address here, whatever a C library makes of it. */
function parsed(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  const zone = text.indexOf('%')
  const plain = zone < 0 ? text : text.slice(0, zone)
  if (isIPv4(plain)) return ipaddr.IPv4.parse(plain)
  if (!isIPv6(plain)) return null
  const address = ipaddr.IPv6.parse(plain)
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address
}

function blockOf(block: string): readonly [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const slash = block.indexOf('/')
  const text = slash < 0 ? block : block.slice(0, slash)
  const address = text.includes('%') ? null : parsed(text)
  const expected = `trusted proxy ${JSON.stringify(block)}: expected an address or a CIDR block like 10.0.0.0/8`
  if (address === null) throw new RangeError(expected)
  const most = address instanceof ipaddr.IPv6 ? 128 : 32
  if (slash < 0) return [address, most]
  const digits = block.slice(slash + 1)
  // A block of mapped addresses is one of IPv4, written with 96 bits more.
  const mapped = isIPv6(text) && most === 32 ? 96 : 0
  const bits = /^\d{1,3}$/.test(digits) ? Number(digits) - mapped : -1
  if (bits < 0 || bits > most) throw new RangeError(expected)
  if (bits === 0)
    throw new RangeError(`trusted proxy ${JSON.stringify(block)} trusts everybody: anyone could write any address`)
  return [address, bits]
}
