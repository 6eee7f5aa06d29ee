import ipaddr from 'ipaddr.js'

/**
 * Which addresses belong to the public internet. By the IANA registries of special-purpose addresses (RFC 6890:
 * iana-ipv4-special-registry, iana-ipv6-special-registry), multicast, and the forms of IPv6 that carry an IPv4 address.
 * Blocks the registries call globally reachable, anycast services for instance, are refused too: no user's server is
 * there.
 */
const specialIpv4 = [
  '0.0.0.0/8', // "this network", RFC 791; Linux takes 0.0.0.0 for itself
  '10.0.0.0/8', // private, RFC 1918
  '100.64.0.0/10', // carrier-grade NAT, RFC 6598; also a cloud's metadata (100.100.100.200)
  '127.0.0.0/8', // loopback, RFC 1122
  '169.254.0.0/16', // link local, RFC 3927; metadata of most clouds (169.254.169.254)
  '172.16.0.0/12', // private, RFC 1918
  '192.0.0.0/24', // IETF protocol assignments, RFC 6890
  '192.0.2.0/24', // documentation, RFC 5737
  '192.31.196.0/24', // AS112, RFC 7535
  '192.52.193.0/24', // AMT, RFC 7450
  '192.88.99.0/24', // 6to4 relays, RFC 7526
  '192.168.0.0/16', // private, RFC 1918
  '192.175.48.0/24', // AS112, RFC 7534
  '198.18.0.0/15', // benchmarking, RFC 2544
  '198.51.100.0/24', // documentation, RFC 5737
  '203.0.113.0/24', // documentation, RFC 5737
  '224.0.0.0/4', // multicast, RFC 5771
  '240.0.0.0/4', // reserved and broadcast, RFC 1112
  '168.63.129.16/32', // a public address that Azure routes to the host of the machine
].map((cidr) => ipaddr.IPv4.parseCIDR(cidr))

/** All that IANA has given out for global unicast (RFC 4291); every other block is special. */
const globalIpv6 = ipaddr.IPv6.parseCIDR('2000::/3')
const specialIpv6 = [
  '2001::/23', // IETF protocol assignments with Teredo, ORCHID, benchmarking, RFC 2928
  '2001:db8::/32', // documentation, RFC 3849
  '2002::/16', // 6to4: carries any IPv4 address, RFC 3056
  '2620:4f:8000::/48', // AS112, RFC 7534
  '3fff::/20', // documentation, RFC 9637
  '3ffe::/16', // the 6bone, given back, RFC 3701
].map((cidr) => ipaddr.IPv6.parseCIDR(cidr))

/** Prefixes whose last 32 bits are an IPv4 address: allowing one does not allow what it carries. */
const carriers = ['::ffff:0:0/96', '64:ff9b::/96'].map((cidr) => ipaddr.IPv6.parseCIDR(cidr))

const cidrsMax = 100

type Cidr = readonly [ipaddr.IPv4 | ipaddr.IPv6, number]

/** Decides which addresses may be connected to. */
export class AddressPolicy {
  readonly #allowed: readonly Cidr[]

  /**
   * @param allowCidrs special blocks that are allowed all the same; nothing else is ever allowed beyond the public
   * internet. `64:ff9b::/96` (NAT64) allows what it carries only if that is allowed too.
   * @throws RangeError for what is not a block in CIDR notation, or over 100 of them
   */
  constructor(allowCidrs: readonly string[] = []) {
    if (allowCidrs.length > cidrsMax) throw new RangeError(`${allowCidrs.length} blocks; at most ${cidrsMax}`)
    this.#allowed = allowCidrs.map((cidr) => {
      if (!ipaddr.isValidCIDR(cidr)) throw new RangeError(`${cidr} is not a block as 10.1.0.0/16`)
      return ipaddr.parseCIDR(cidr)
    })
  }

  /** Whether an address, written as a resolver or `URL` writes it, may be connected to. False for anything unclear. */
  allows(text: string): boolean {
    // A zone index (fe80::1%eth0) names an interface of this machine.
    if (text.length > 45 || text.includes('%')) return false
    if (ipaddr.IPv4.isValidFourPartDecimal(text)) return this.#allowsAddress(ipaddr.IPv4.parse(text))
    if (!ipaddr.IPv6.isValid(text)) return false
    const address = ipaddr.IPv6.parse(text)
    if (!this.#allowsAddress(address)) return false
    if (!carriers.some((block) => address.match(block))) return true
    const bytes = address.toByteArray().slice(12)
    return this.#allowsAddress(new ipaddr.IPv4(bytes))
  }

  #allowsAddress(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
    return isPublic(address) || this.#allowed.some((block) => within(address, block))
  }
}

function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address instanceof ipaddr.IPv4) return !specialIpv4.some((block) => address.match(block))
  // An interface identifier of ISATAP (RFC 5214) carries an IPv4 address under any prefix.
  const [, , , , fifth = 0, sixth = 0] = address.parts
  if ((fifth & 0xfdff) === 0 && sixth === 0x5efe) return false
  return address.match(globalIpv6) && !specialIpv6.some((block) => address.match(block))
}

function within(address: ipaddr.IPv4 | ipaddr.IPv6, [network, bits]: Cidr): boolean {
  if (address instanceof ipaddr.IPv4) return network instanceof ipaddr.IPv4 && address.match(network, bits)
  return network instanceof ipaddr.IPv6 && address.match(network, bits)
}
