import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AddressPolicy, SafeFetchError, SafeUrls } from './index.ts'

describe('AddressPolicy', () => {
  const policy = new AddressPolicy()

  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '169.253.255.255',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450:4001:830::200e',
    '2400:cb00::1',
  ])('%s is public', (address) => expect(policy.allows(address)).toBe(true))

  // First and last of every block, and every way an IPv4 address is carried in IPv6.
  it.each([
    '0.0.0.0',
    '0.255.255.255',
    '10.0.0.0',
    '10.255.255.255',
    '100.64.0.0',
    '100.100.100.200',
    '100.127.255.255',
    '127.0.0.1',
    '127.255.255.255',
    '168.63.129.16',
    '169.254.0.0',
    '169.254.169.254',
    '169.254.170.2',
    '172.16.0.0',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.0.192',
    '192.0.2.1',
    '192.31.196.1',
    '192.52.193.1',
    '192.88.99.1',
    '192.168.255.255',
    '192.175.48.1',
    '198.18.0.0',
    '198.19.255.255',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:0:127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::8.8.8.8',
    '64:ff9b:1::a00:1',
    '100::1',
    '2001::1',
    '2001:0:4136:e378:8000:63bf:3fff:fdd2',
    '2001:2::1',
    '2001:10::1',
    '2001:20::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '2002:808:808::1',
    '2620:4f:8000::1',
    '3fff::1',
    '3ffe::1',
    '4000::1',
    '5f00::1',
    'fc00::1',
    'fd00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'febf::1',
    'fec0::1',
    'ff02::1',
    '2606:4700::5efe:7f00:1',
    '2606:4700::200:5efe:a00:1',
  ])('%s is not', (address) => expect(policy.allows(address)).toBe(false))

  it.each([
    '',
    'localhost',
    '127.1',
    '0177.0.0.1',
    '0x7f000001',
    '2130706433',
    '1.2.3',
    '1.2.3.4.5',
    '[::1]',
    ' 8.8.8.8',
    '8.8.8.8 ',
    '::g',
    '08.8.8.8',
  ])('%j is no address', (address) => expect(policy.allows(address)).toBe(false))

  it('allows a block that is named, and nothing beside it', () => {
    const inside = new AddressPolicy(['10.20.0.0/16', 'fd12:3456::/32'])
    expect(inside.allows('10.20.255.255')).toBe(true)
    expect(inside.allows('10.21.0.0')).toBe(false)
    expect(inside.allows('fd12:3456::1')).toBe(true)
    expect(inside.allows('fd12:3457::1')).toBe(false)
    expect(inside.allows('::ffff:10.20.0.1')).toBe(false)
  })

  it('allows NAT64 for what may be reached without it', () => {
    const nat64 = new AddressPolicy(['64:ff9b::/96'])
    expect(nat64.allows('64:ff9b::808:808')).toBe(true)
    expect(nat64.allows('64:ff9b::7f00:1')).toBe(false)
    expect(nat64.allows('64:ff9b::a9fe:a9fe')).toBe(false)
  })

  it.each(['10.0.0.0', '10.0.0.0/33', 'x/8', ''])('refuses %j for a block', (cidr) =>
    expect(() => new AddressPolicy([cidr])).toThrow(RangeError),
  )

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.ipV4Extended()), (text) => {
        expect(typeof policy.allows(text)).toBe('boolean')
      }),
    )
    expect(policy.allows('1'.repeat(100_000))).toBe(false)
  })
})

function codeOf(urls: SafeUrls, address: string): string {
  try {
    urls.check(address)
    return 'ok'
  } catch (error) {
    if (error instanceof SafeFetchError) return error.code
    throw error
  }
}

describe('SafeUrls', () => {
  const urls = new SafeUrls({})
  const both = new SafeUrls({ protocols: ['https:', 'http:'] })

  it.each([
    ['https://api.acme.test/hook?x=1#part', 'ok'],
    ['https://8.8.8.8/', 'ok'],
    ['https://api.acme.test:80/', 'ok'],
    ['http://api.acme.test/', 'scheme'],
    ['file:///etc/passwd', 'scheme'],
    ['gopher://api.acme.test/', 'scheme'],
    ['data:text/plain,x', 'scheme'],
    ['javascript:alert(1)', 'scheme'],
    ['//api.acme.test/', 'url'],
    ['api.acme.test', 'url'],
    ['', 'url'],
    ['https://', 'url'],
    ['https://user@api.acme.test/', 'url'],
    ['https://user:pass@api.acme.test/', 'url'],
    ['https://api.acme.test@127.0.0.1/', 'url'],
    ['https://api.acme.test:22/', 'port'],
    ['https://api.acme.test:8443/', 'port'],
    ['https://api.acme.test:99999/', 'url'],
    ['https://localhost/', 'host'],
    ['https://LOCALHOST./', 'host'],
    ['https://metadata/', 'host'],
    ['https://a.localhost/', 'host'],
    ['https://metadata.google.internal/', 'host'],
    ['https://metadata.google.internal./', 'host'],
    ['https://printer.local/', 'host'],
    ['https://redis.default.svc.cluster.local/', 'host'],
    [`https://api.acme.test/${'x'.repeat(2048)}`, 'url'],
  ])('%s: %s', (address, expected) => expect(codeOf(urls, address)).toBe(expected))

  // Spellings of 127.0.0.1 and of others that WHATWG URL reads as addresses.
  it.each([
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '0177.0.0.1',
    '0x7f.0.0.1',
    '0x7f000001',
    '017700000001',
    '2130706433',
    '127.0.0.1.',
    '0',
    '0.0.0.0',
    '１２７.０.０.１',
    '127。0。0。1',
    '%31%32%37.0.0.1',
    '169.254.169.254',
    '0xa9fea9fe',
    '2852039166',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:ffff:7f00:0001]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[fd00:ec2::254]',
    '[fe80::1]',
  ])('sees through http://%s/', (host) => expect(codeOf(both, `http://${host}/`)).toBe('address'))

  it('keeps to its lists of hosts', () => {
    const listed = new SafeUrls({
      allowHosts: ['api.acme.test', '*.partner.test', 'queue'],
      denyHosts: ['bad.partner.test'],
    })
    expect(codeOf(listed, 'https://api.acme.test/')).toBe('ok')
    expect(codeOf(listed, 'https://API.acme.test./')).toBe('ok')
    expect(codeOf(listed, 'https://x.api.acme.test/')).toBe('host')
    expect(codeOf(listed, 'https://a.b.partner.test/')).toBe('ok')
    expect(codeOf(listed, 'https://partner.test/')).toBe('host')
    expect(codeOf(listed, 'https://evilpartner.test/')).toBe('host')
    expect(codeOf(listed, 'https://bad.partner.test/')).toBe('host')
    expect(codeOf(listed, 'https://8.8.8.8/')).toBe('host')
    // A name that only means something inside, when it is named itself.
    expect(codeOf(listed, 'https://queue/')).toBe('ok')
  })

  it.each([
    { ports: [0] },
    { ports: [] },
    { ports: [65_536] },
    { protocols: [] },
    { allowHosts: ['https://a.test'] },
    { allowHosts: ['*'] },
    { allowHosts: ['a.*.test'] },
    { denyHosts: ['A.test'] },
    { allowCidrs: ['all'] },
  ])('refuses %j', (options) => expect(() => new SafeUrls(options)).toThrow(RangeError))

  // Property: no text gets past the check with a host that is an address of the inside.
  it('never throws anything but its own error, for any text', () => {
    const part = fc.constantFrom(
      'https://',
      '127.0.0.1',
      '0x7f',
      '@',
      ':',
      '/',
      '\\',
      '[::1]',
      '.',
      '%00',
      '#',
      '?',
      '\t',
      'a.test',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part).map((parts) => parts.join('')),
        ),
        (text) => {
          // codeOf throws again what is not its own error.
          const checked = codeOf(both, text) === 'ok' ? both.check(text) : new URL('https://refused.test')
          expect(checked.hostname).not.toMatch(/^(?:127|0)(?:\.\d+){3}$|^\[/)
          expect(checked.username + checked.password).toBe('')
        },
      ),
    )
    const started = performance.now()
    for (const unit of ['a.', '/', '@', '%', '1.', '[', 'https://'])
      expect(codeOf(both, `https://${unit.repeat(100_000)}`)).toBe('url')
    expect(performance.now() - started).toBeLessThan(500)
  })
})
