import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CsrfHeaders, CsrfProtection, CsrfTokens } from './index.ts'

/** Any UTF-16 code unit: control characters and lone surrogates too. */
const codeUnit = fc.nat(0xffff).map((unit) => String.fromCharCode(unit))

const keys = [{ id: 'k1', secret: 'kX3vQ9pLwZ7tR2mY8nB5cJ1dHsGfA4eU' }]
let nowMs = 1_800_000_000_000
const tokens = new CsrfTokens({ keys, now: () => nowMs })
const options = { origins: ['https://app.acme.test'], cookieNames: ['__Host-session'] }
const csrf = new CsrfProtection(options)
const cookie = 'a=b; __Host-session=x'

describe('CsrfProtection', () => {
  it.each([
    ['GET', { cookie, 'sec-fetch-site': 'cross-site' }, 'safe_method'],
    ['GET', { cookie, upgrade: 'h2c', origin: 'https://evil.test' }, 'safe_method'],
    ['GET', { cookie, upgrade: 'websocket', origin: 'https://app.acme.test' }, 'trusted_origin'],
    ['HEAD', { cookie, origin: 'https://evil.test' }, 'safe_method'],
    ['OPTIONS', { cookie, origin: 'https://evil.test' }, 'safe_method'],
    ['POST', { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' }, 'no_cookie'],
    ['POST', { cookie: 'a=b', origin: 'https://evil.test' }, 'no_cookie'],
    ['POST', { cookie, 'sec-fetch-site': 'same-origin' }, 'same_origin'],
    ['POST', { cookie, 'sec-fetch-site': 'same-origin', origin: 'null' }, 'same_origin'],
    ['POST', { cookie, 'sec-fetch-site': 'none' }, 'user_initiated'],
    ['POST', { cookie, 'sec-fetch-site': 'cross-site', origin: 'https://app.acme.test' }, 'trusted_origin'],
    ['DELETE', { cookie, origin: 'https://app.acme.test' }, 'trusted_origin'],
  ] as const)('serves %s with %j: %s', (method, headers, reason) => {
    expect(csrf.check({ method, headers })).toEqual({ allowed: true, reason })
  })

  it.each<[string | undefined, CsrfHeaders, string]>([
    ['POST', { cookie, 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }, 'cross_origin'],
    ['POST', { cookie, 'sec-fetch-site': 'cross-site' }, 'cross_origin'],
    // A subdomain, which somebody else may have taken over, is another origin of the same site.
    ['POST', { cookie, 'sec-fetch-site': 'same-site', origin: 'https://old.acme.test' }, 'cross_origin'],
    ['POST', { cookie, origin: 'http://app.acme.test' }, 'cross_origin'],
    ['POST', { cookie, origin: 'null' }, 'cross_origin'],
    ['POST', { cookie, origin: '' }, 'cross_origin'],
    ['POST', { cookie, 'sec-fetch-site': 'same-origin, cross-site' }, 'cross_origin'],
    ['POST', { cookie, 'sec-fetch-site': ['same-origin', 'none'] }, 'cross_origin'],
    ['POST', { cookie, 'sec-fetch-site': 'SAME-ORIGIN' }, 'cross_origin'],
    ['POST', { cookie }, 'no_evidence'],
    ['GET', { cookie, upgrade: 'WebSocket', origin: 'https://evil.test' }, 'cross_origin'],
    ['TRACE', { cookie }, 'no_evidence'],
    ['get', { cookie }, 'no_evidence'],
    [undefined, { cookie }, 'no_evidence'],
  ])('refuses %s with %j: %s', (method, headers, reason) => {
    expect(csrf.check({ method, headers })).toEqual({ allowed: false, reason })
  })

  it('does not believe a bearer token when a cookie signs in too', () => {
    const headers = { cookie, authorization: 'Bearer abcdefgh', 'sec-fetch-site': 'cross-site' }
    expect(csrf.check({ method: 'POST', headers }).allowed).toBe(false)
    expect(csrf.check({ method: 'POST', headers: { authorization: 'Bearer abcdefgh' } as object }).reason).toBe(
      'no_cookie',
    )
  })

  // A named regression: a header too long to be read is not a header without the cookie.
  it('counts a cookie header beyond the bounds as one that signs in', () => {
    const headers = { cookie: `${'a=b; '.repeat(300)}${cookie}`, 'sec-fetch-site': 'cross-site' }
    expect(csrf.check({ method: 'POST', headers }).allowed).toBe(false)
  })

  it('checks sign-in without a cookie too', () => {
    const stranger = { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } }
    expect(csrf.check(stranger).allowed).toBe(true)
    expect(csrf.checkSignIn(stranger).allowed).toBe(false)
    expect(csrf.checkSignIn({ method: 'GET', headers: {} }).allowed).toBe(true)
  })

  it('takes a token where a browser says nothing, and never against what it says', () => {
    const old = new CsrfProtection({ ...options, tokens })
    const token = tokens.issue('session-1')
    const good = { cookie: token, submitted: token, session: 'session-1' }
    const check = (headers: object, given = good) =>
      old.check({ method: 'POST', headers: { cookie, ...headers }, token: given })
    expect(check({})).toEqual({ allowed: true, reason: 'token' })
    expect(check({}, { ...good, session: 'session-2' })).toEqual({ allowed: false, reason: 'token_invalid' })
    expect(check({ 'sec-fetch-site': 'cross-site' })).toEqual({ allowed: false, reason: 'cross_origin' })
    expect(old.check({ method: 'POST', headers: { cookie } })).toEqual({ allowed: false, reason: 'no_evidence' })
  })

  it.each([
    { ...options, origins: ['*'] },
    { ...options, origins: ['null'] },
    { ...options, origins: ['https://app.acme.test/'] },
    { ...options, cookieNames: [] },
    { ...options, cookieNames: Array.from({ length: 21 }, (_, i) => `c${i}`) },
    { ...options, origins: Array.from({ length: 101 }, (_, i) => `https://h${i}.test`) },
  ])('refuses %j', (bad) => expect(() => new CsrfProtection(bad)).toThrow(RangeError))

  // Property: with a cookie that signs in, an unsafe method passes for an origin on the list or a site that is ours.
  it('lets nothing else pass', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE', 'QUERY', 'get', ''),
        fc.option(fc.oneof(fc.constant('https://app.acme.test'), fc.string()), { nil: undefined }),
        fc.option(fc.oneof(fc.constantFrom('same-origin', 'same-site', 'cross-site', 'none'), fc.string()), {
          nil: undefined,
        }),
        (method, origin, site) => {
          const ours = origin === 'https://app.acme.test' || site === 'same-origin' || site === 'none'
          expect(csrf.check({ method, headers: { cookie, origin, 'sec-fetch-site': site } }).allowed).toBe(ours)
        },
      ),
    )
  })
})

describe('CsrfTokens', () => {
  it('are good for one session and their time', () => {
    nowMs = 1_800_000_000_000
    const token = tokens.issue('s')
    const both = { cookie: token, submitted: token }
    expect(tokens.verify({ ...both, session: 's' })).toBe(true)
    expect(tokens.verify({ ...both, session: 't' })).toBe(false)
    expect(tokens.verify({ ...both, session: '' })).toBe(false)
    expect(tokens.verify({ cookie: token, submitted: tokens.issue('s'), session: 's' })).toBe(false)
    expect(tokens.verify({ cookie: undefined, submitted: token, session: 's' })).toBe(false)
    nowMs += 43_200_000 - 1
    expect(tokens.verify({ ...both, session: 's' })).toBe(true)
    nowMs += 1
    expect(tokens.verify({ ...both, session: 's' })).toBe(false)
  })

  it('verify with an older key after a rotation', () => {
    const token = tokens.issue('s')
    const newer = { id: 'k2', secret: 'pQ7wLx2ZrT9mV4nY8bC5jK1dHsGfA3eU' }
    const given = { cookie: token, submitted: token, session: 's' }
    expect(new CsrfTokens({ keys: [newer, ...keys], now: () => nowMs }).verify(given)).toBe(true)
    expect(new CsrfTokens({ keys: [newer], now: () => nowMs }).verify(given)).toBe(false)
  })

  it('never throw for what is sent', () => {
    fc.assert(
      fc.property(fc.string({ unit: codeUnit }), fc.string(), (text, session) => {
        expect(tokens.verify({ cookie: text, submitted: text, session })).toBe(false)
      }),
    )
    const long = 'k1.1.'.repeat(20_000)
    expect(tokens.verify({ cookie: long, submitted: long, session: 's' })).toBe(false)
  })

  it('refuse a session that is none, and a time out of range', () => {
    expect(() => tokens.issue('')).toThrow(RangeError)
    expect(() => tokens.issue('x'.repeat(1025))).toThrow(RangeError)
    expect(() => new CsrfTokens({ keys, maxAgeS: 59 })).toThrow(RangeError)
  })
})
