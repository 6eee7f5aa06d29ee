// Goal: nobody becomes somebody else by what they write into a header, and nothing they write makes it throw. Method: the
// cases by hand, then hostile headers by fast-check behind an honest proxy, which must always find the true caller.
import { createServer, get } from 'node:http'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ClientAddressOptions, createClientAddress } from './index.ts'

function located(
  options: ClientAddressOptions,
  peer: string | undefined,
  headers: Record<string, string | string[]> = {},
) {
  return createClientAddress(options).of({ socket: { remoteAddress: peer }, headers })
}
const addressOf = (...args: Parameters<typeof located>): string => located(...args).address
/** Any UTF-16 unit, lone surrogates and control characters included. */
const anyUnit = fc.integer({ min: 0, max: 0xff_ff }).map((code) => String.fromCharCode(code))
const proxies = { trusted: ['10.0.0.0/8', '2001:db8:ffff::/48'] }

describe('createClientAddress', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1', '192.0.2.1'],
    ['2001:0DB8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80::1', 'fe80::/64'],
    ['::1', '::1', '::/64'],
  ])('takes the address of the socket %s in its usual form', (peer, address, limitKey) => {
    expect(located({}, peer)).toEqual({ address, limitKey })
  })

  it('believes nobody unless told to', () => {
    const headers = { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9' }
    expect(addressOf({}, '192.0.2.1', headers)).toBe('192.0.2.1')
    expect(addressOf(proxies, '192.0.2.1', headers)).toBe('192.0.2.1')
    expect(addressOf(proxies, undefined, headers)).toBe('unknown')
    expect(addressOf(proxies, 'not an address', headers)).toBe('unknown')
  })

  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['198.51.100.1, 203.0.113.9', '203.0.113.9'],
    ['203.0.113.9, 10.1.1.1', '203.0.113.9'],
    ['203.0.113.9,10.1.1.1 ,  10.2.2.2', '203.0.113.9'],
    ['203.0.113.9:4711', '203.0.113.9'],
    ['[2001:db8::9]:4711', '2001:db8::9'],
    ['[2001:db8::9]', '2001:db8::9'],
    ['2001:db8::9', '2001:db8::9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['203.0.113.9, ::ffff:10.1.1.1, 2001:db8:ffff::1', '203.0.113.9'],
    // All of them proxies: the farthest.
    ['10.3.3.3, 10.1.1.1', '10.3.3.3'],
    // What is no address stops the walk at the last trustworthy one.
    ['203.0.113.9, garbage', '10.0.0.1'],
    ['203.0.113.9, garbage, 10.1.1.1', '10.1.1.1'],
    ['203.0.113.9, unknown, 10.1.1.1', '10.1.1.1'],
    ['', '10.0.0.1'],
    [',', '10.0.0.1'],
    ['203.0.113.9, ', '10.0.0.1'],
    ['127.1', '10.0.0.1'],
    ['0x7f000001', '10.0.0.1'],
    ['010.1.1.1', '10.0.0.1'],
    ['203.0.113.9:port', '10.0.0.1'],
    ['[203.0.113.9', '10.0.0.1'],
    ['[2001:db8::9]x', '10.0.0.1'],
    [`203.0.113.9${' '.repeat(100)}`, '10.0.0.1'],
  ])('reads X-Forwarded-For %j from the right: %s', (field, address) => {
    expect(addressOf(proxies, '10.0.0.1', { 'x-forwarded-for': field })).toBe(address)
  })

  it.each([
    ['for=203.0.113.9', '203.0.113.9'],
    ['For="[2001:db8::9]:4711";proto=https;by=10.0.0.1', '2001:db8::9'],
    ['for=198.51.100.1, for=203.0.113.9;proto=http', '203.0.113.9'],
    ['for=203.0.113.9;host="a,b", for=10.1.1.1', '203.0.113.9'],
    // A quote left open by the caller does not swallow what the proxy wrote.
    ['for=198.51.100.1;host=", for=203.0.113.9', '203.0.113.9'],
    ['for=unknown', '10.0.0.1'],
    ['for=_hidden', '10.0.0.1'],
    ['for=203.0.113.9;for=198.51.100.1', '10.0.0.1'],
    ['proto=https', '10.0.0.1'],
    [`host="${'x'.repeat(2000)}";for=203.0.113.9`, '10.0.0.1'],
    [`for=203.0.113.9;host="${'x'.repeat(600)}"`, '10.0.0.1'],
  ])('reads Forwarded %j from the right: %s', (field, address) => {
    expect(addressOf({ ...proxies, header: 'forwarded' }, '10.0.0.1', { forwarded: field })).toBe(address)
  })

  it('reads one of the two headers, never both', () => {
    const headers = { 'x-forwarded-for': '203.0.113.1', forwarded: 'for=203.0.113.2' }
    expect(addressOf(proxies, '10.0.0.1', headers)).toBe('203.0.113.1')
    expect(addressOf({ ...proxies, header: 'forwarded' }, '10.0.0.1', headers)).toBe('203.0.113.2')
    expect(addressOf({ ...proxies, header: 'forwarded' }, '10.0.0.1', { 'x-forwarded-for': '203.0.113.1' })).toBe(
      '10.0.0.1',
    )
  })

  it('looks through a bounded number of proxies', () => {
    const field = ['203.0.113.9', ...Array.from({ length: 9 }, (_, i) => `10.0.1.${i}`)].join(', ')
    expect(addressOf(proxies, '10.0.0.1', { 'x-forwarded-for': field })).toBe('10.0.1.1')
    expect(addressOf({ ...proxies, hopsMax: 10 }, '10.0.0.1', { 'x-forwarded-for': field })).toBe('203.0.113.9')
    expect(addressOf(proxies, '10.0.0.1', { 'x-forwarded-for': ['203.0.113.9', '10.1.1.1'] })).toBe('203.0.113.9')
  })

  it('counts IPv6 by as many bits as it is told', () => {
    const keyOf = (ipv6PrefixBits: number): string => located({ ipv6PrefixBits }, '2001:db8:abcd:12ff::1').limitKey
    expect([keyOf(128), keyOf(64), keyOf(56), keyOf(48), keyOf(32)]).toEqual([
      '2001:db8:abcd:12ff::1',
      '2001:db8:abcd:12ff::/64',
      '2001:db8:abcd:1200::/56',
      '2001:db8:abcd::/48',
      '2001:db8::/32',
    ])
  })

  it('finds the true caller behind an honest proxy, whatever the caller wrote before', () => {
    const appended = fc.constantFrom('203.0.113.9', '2001:db8::9')
    const hostile = fc.oneof(
      fc.string({ maxLength: 300 }),
      fc.string({
        unit: fc.constantFrom('"', '\\', ',', ';', '=', 'for', '[', ']', ':', '10.0.0.1', ' ', '%'),
        maxLength: 60,
      }),
    )
    const xff = createClientAddress(proxies)
    const forwarded = createClientAddress({ ...proxies, header: 'forwarded' })
    fc.assert(
      fc.property(hostile, appended, (written, caller) => {
        const socket = { remoteAddress: '10.0.0.1' }
        const byXff = xff.of({ socket, headers: { 'x-forwarded-for': `${written}, ${caller}` } })
        const node = caller.includes(':') ? `"[${caller}]"` : caller
        const byForwarded = forwarded.of({ socket, headers: { forwarded: `${written}, for=${node}` } })
        return byXff.address === caller && byForwarded.address === caller
      }),
      { numRuns: 1000 },
    )
  })

  it('never throws and always answers an address of the request, whatever stands in the header', () => {
    const clients = [createClientAddress(proxies), createClientAddress({ ...proxies, header: 'forwarded' })]
    fc.assert(
      fc.property(fc.string({ maxLength: 200, unit: anyUnit }), fc.string({ maxLength: 50 }), (field, peer) => {
        for (const client of clients) {
          const headers = { 'x-forwarded-for': field, forwarded: field }
          expect(client.of({ socket: { remoteAddress: peer }, headers }).address.length).toBeLessThanOrEqual(45)
          expect(client.of({ socket: { remoteAddress: '10.0.0.1' }, headers }).address).toMatch(/^[0-9a-f.:]+$/)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('keeps a bounded number of addresses it has seen, and answers the same for one it forgot', () => {
    const client = createClientAddress(proxies)
    const socket = { remoteAddress: '10.0.0.1' }
    const of = (n: number) => client.of({ socket, headers: { 'x-forwarded-for': `203.0.${n >> 8}.${n & 255}` } })
    const first = of(1)
    expect(of(1)).toBe(first)
    for (let n = 2; n < 6000; n += 1) of(n)
    expect(of(1)).not.toBe(first)
    expect(of(1)).toEqual(first)
  })

  it('knows a connection again without looking: one object per socket', async () => {
    const client = createClientAddress()
    const seen: unknown[] = []
    const server = createServer((request, response) => {
      seen.push(client.of(request), client.of(request))
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    await new Promise((resolve) =>
      get({ port, host: '127.0.0.1', agent: false }, (r) => r.resume().once('end', resolve)),
    )
    server.close()
    expect(seen[0]).toEqual({ address: '127.0.0.1', limitKey: '127.0.0.1' })
    expect(seen[1]).toBe(seen[0])
  })

  it.each([
    '',
    'loopback',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/x',
    '10.0.0/8',
    'fe80::1%eth0',
    '::/129',
    '0.0.0.0/0',
    '::/0',
    '::ffff:0:0/96',
  ])('refuses to trust %j', (block) => {
    expect(() => createClientAddress({ trusted: [block] })).toThrow(RangeError)
  })

  it('takes single addresses and mapped blocks as blocks, and refuses options out of range', () => {
    const field = { 'x-forwarded-for': '203.0.113.9' }
    expect(addressOf({ trusted: ['10.0.0.1'] }, '10.0.0.1', field)).toBe('203.0.113.9')
    expect(addressOf({ trusted: ['10.0.0.1'] }, '10.0.0.2', field)).toBe('10.0.0.2')
    expect(addressOf({ trusted: ['::ffff:10.0.0.0/104'] }, '10.0.0.2', field)).toBe('203.0.113.9')
    for (const wrong of [{ ipv6PrefixBits: 31 }, { ipv6PrefixBits: 129 }, { hopsMax: 0 }, { hopsMax: 33 }])
      expect(() => createClientAddress(wrong)).toThrow(RangeError)
    // @ts-expect-error: as it would come from a configuration file
    expect(() => createClientAddress({ header: 'x-real-ip' })).toThrow(RangeError)
  })
})
