import { isIP } from 'node:net'
import { AddressPolicy } from './public-address.ts'
import { SafeFetchError } from './safe-fetch-error.ts'

export interface SafeUrlOptions {
  /** Default `['https:']`. */
  readonly protocols?: readonly ('https:' | 'http:')[]
  /** Default 80 and 443. At most 100. */
  readonly ports?: readonly number[]
  /** If given, only these: `api.acme.test`, or `*.acme.test` for everything under it. At most 1,000. Default all. */
  readonly allowHosts?: readonly string[]
  /** Never these, written the same. Wins over `allowHosts`. At most 1,000. Default none. */
  readonly denyHosts?: readonly string[]
  /** Blocks of special-purpose addresses that may be reached all the same: `10.20.0.0/16`. Default none. */
  readonly allowCidrs?: readonly string[]
}

const urlLengthMax = 2048
const hostsMax = 1000
const portsMax = 100
const hostPattern = /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_-]{1,63}){0,20}$/
/** Names that mean something inside only (RFC 6761, RFC 6762, RFC 8375, ICANN's .internal). */
const insideSuffixes = ['.localhost', '.local', '.internal', '.home.arpa', '.invalid', '.onion', '.lan', '.corp']

/** Checks addresses before anything is resolved or connected. */
export class SafeUrls {
  readonly addresses: AddressPolicy
  readonly #protocols: ReadonlySet<string>
  readonly #ports: ReadonlySet<number>
  readonly #allowHosts: HostList | null
  readonly #denyHosts: HostList

  /** @throws RangeError for a malformed host, port or block, an empty list of schemes or ports, or too many */
  constructor(options: SafeUrlOptions) {
    this.addresses = new AddressPolicy(options.allowCidrs)
    this.#protocols = new Set(options.protocols ?? ['https:'])
    for (const protocol of this.#protocols) {
      if (protocol !== 'https:' && protocol !== 'http:') throw new RangeError(`${protocol} is neither https: nor http:`)
    }
    const ports = options.ports ?? [80, 443]
    if (this.#protocols.size === 0 || ports.length === 0 || ports.length > portsMax)
      throw new RangeError(`expected a scheme and 1 to ${portsMax} ports`)
    for (const port of ports) {
      if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new RangeError(`${port} is not a port`)
    }
    this.#ports = new Set(ports)
    this.#allowHosts = options.allowHosts ? new HostList(options.allowHosts) : null
    this.#denyHosts = new HostList(options.denyHosts ?? [])
  }

  /**
   * The parsed address, if it may be fetched as far as can be told without resolving it.
   * @throws SafeFetchError `url`, `scheme`, `port`, `host` or `address`
   */
  check(input: string | URL, base?: URL): URL {
    const text = typeof input === 'string' ? input : input.href
    if (text.length > urlLengthMax) throw new SafeFetchError('url', `an address over ${urlLengthMax} characters`)
    const url = URL.parse(text, base?.href)
    if (!url) throw new SafeFetchError('url', 'not an absolute address')
    if (!this.#protocols.has(url.protocol))
      throw new SafeFetchError('scheme', `the scheme ${url.protocol} is not allowed`)
    // user@host hides the host from those who read the address.
    if (url.username !== '' || url.password !== '') throw new SafeFetchError('url', 'an address with a user name')
    const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
    if (!this.#ports.has(port)) throw new SafeFetchError('port', `the port ${port} is not allowed`)
    this.#checkHost(url)
    url.hash = ''
    return url
  }

  #checkHost(url: URL): void {
    // URL has already turned 0x7f.1, 017700000001 and 2130706433 into 127.0.0.1, and full-width digits too.
    const host = bareHost(url)
    const name = host.endsWith('.') ? host.slice(0, -1) : host
    if (name === '' || this.#denyHosts.has(name)) throw new SafeFetchError('host', 'this host is not allowed')
    if (this.#allowHosts && !this.#allowHosts.has(name)) throw new SafeFetchError('host', 'this host is not allowed')
    if (isIP(name) !== 0) {
      if (!this.addresses.allows(name)) throw new SafeFetchError('address', 'this address is not public')
      return
    }
    if (this.#allowHosts?.names(name)) return
    if (!name.includes('.') || insideSuffixes.some((suffix) => name.endsWith(suffix)))
      throw new SafeFetchError('host', 'this name is not public')
  }
}

/** Host of an address without the brackets of IPv6. */
export function bareHost(url: URL): string {
  return url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
}

class HostList {
  readonly #exact = new Set<string>()
  readonly #suffixes = new Set<string>()

  constructor(patterns: readonly string[]) {
    if (patterns.length > hostsMax) throw new RangeError(`${patterns.length} hosts; at most ${hostsMax}`)
    for (const pattern of patterns) {
      if (isIP(pattern) === 0 && !hostPattern.test(pattern))
        throw new RangeError(`${JSON.stringify(pattern.slice(0, 80))} is not a host as api.acme.test or *.acme.test`)
      if (pattern.startsWith('*.')) this.#suffixes.add(pattern.slice(2))
      else this.#exact.add(pattern)
    }
  }

  /** Whether it is there by its own name, not by a pattern. */
  names(host: string): boolean {
    return this.#exact.has(host)
  }

  has(host: string): boolean {
    if (this.#exact.has(host)) return true
    let dot = host.indexOf('.')
    while (dot !== -1) {
      if (this.#suffixes.has(host.slice(dot + 1))) return true
      dot = host.indexOf('.', dot + 1)
    }
    return false
  }
}
