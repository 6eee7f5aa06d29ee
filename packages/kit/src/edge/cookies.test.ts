import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  cookieValues,
  hasCookie,
  KeyRing,
  parseCookieHeader,
  serializeCookie,
  SignedCookie,
  type SignedCookieOptions,
} from './index.ts'

/** Any UTF-16 code unit: control characters and lone surrogates too. */
const codeUnit = fc.nat(0xffff).map((unit) => String.fromCharCode(unit))

const secret = (name: string): string => `${name}-9f8Xq2LmTz5RvK0wYb7NcJdHsGpA3e`
const current = { id: '2026-11', secret: secret('november') }
const older = { id: '2026-05', secret: secret('may') }

describe('serializeCookie', () => {
  it('writes the careful attributes by default', () => {
    expect(serializeCookie('__Host-theme', 'dark', { maxAgeS: 86_400 })).toBe(
      '__Host-theme=dark; Path=/; Max-Age=86400; Secure; HttpOnly; SameSite=Lax',
    )
    expect(
      serializeCookie('a', '', {
        path: '/app',
        domain: 'acme.test',
        sameSite: 'none',
        partitioned: true,
        httpOnly: false,
      }),
    ).toBe('a=; Path=/app; Domain=acme.test; Secure; SameSite=None; Partitioned')
    expect(serializeCookie('a', 'b', { secure: false })).toBe('a=b; Path=/; HttpOnly; SameSite=Lax')
  })

  it.each<[string, string, Parameters<typeof serializeCookie>[2]]>([
    ['', 'b', {}],
    ['a b', 'b', {}],
    ['a;b', 'b', {}],
    ['a', 'b;c', {}],
    ['a', 'b c', {}],
    ['a', 'b"c', {}],
    ['a', 'b\r\nset-cookie: c=d', {}],
    ['a', 'ü', {}],
    ['a', 'b', { path: 'x' }],
    ['a', 'b', { path: '/;secure' }],
    ['a', 'b', { domain: 'acme.test; path=/' }],
    ['a', 'b', { domain: '.acme.test' }],
    ['a', 'b', { domain: 'test' }],
    ['a', 'b', { maxAgeS: -1 }],
    ['a', 'b', { maxAgeS: 34_560_001 }],
    ['a', 'b', { maxAgeS: 1.5 }],
    ['a', 'b', { sameSite: 'none', secure: false }],
    ['a', 'b', { partitioned: true, secure: false }],
    ['__Host-a', 'b', { secure: false }],
    ['__Host-a', 'b', { path: '/app' }],
    ['__Host-a', 'b', { domain: 'acme.test' }],
    // Browsers compare prefixes in any case.
    ['__hOsT-a', 'b', { domain: 'acme.test' }],
    ['__Secure-a', 'b', { secure: false }],
    ['__Http-a', 'b', { httpOnly: false }],
    ['__Host-Http-a', 'b', { httpOnly: false }],
    ['a', 'b'.repeat(4096), {}],
  ])('refuses %s=%s with %j', (name, value, attributes) => {
    expect(() => serializeCookie(name, value, attributes)).toThrow(RangeError)
  })

  // Property: what is written without an error is one header, and is read back as it was.
  it('is read back', () => {
    const write = (name: string, value: string, path: string): string | null => {
      try {
        return serializeCookie(name, value, { path })
      } catch (error) {
        if (error instanceof RangeError) return null
        throw error
      }
    }
    const text = fc.oneof(fc.string({ maxLength: 4 }), fc.string({ unit: codeUnit }), fc.constant('a'))
    let written = 0
    fc.assert(
      fc.property(text, text, fc.oneof(fc.constant('/'), fc.string()), (name, value, path) => {
        const header = write(name, value, path)
        if (header === null) return
        written += 1
        expect(header).toMatch(/^[\x20-\x7e]+$/)
        expect(cookieValues(header.split('; ')[0], name)).toEqual([value])
      }),
      { numRuns: 1000 },
    )
    expect(written).toBeGreaterThan(20)
  })
})

describe('the Cookie header', () => {
  it('gives every value of a name in order', () => {
    expect(cookieValues('a=1; b=2; a=3;a=; =x; y; __proto__=z', 'a')).toEqual(['1', '3', ''])
    expect(parseCookieHeader('a=1; __proto__=2; a=3')).toEqual(
      new Map([
        ['a', ['1', '3']],
        ['__proto__', ['2']],
      ]),
    )
    expect(cookieValues(undefined, 'a')).toEqual([])
    expect(cookieValues('a="q=1"', 'a')).toEqual(['"q=1"'])
  })

  it('reads nothing of a header that is too long, and says that it could hold the cookie', () => {
    const long = `a=1; ${'b=2; '.repeat(50_000)}`
    expect(cookieValues(long, 'a')).toEqual([])
    expect(hasCookie(long, new Set(['session']))).toBe(true)
    expect(hasCookie(`${'b=2;'.repeat(300)}`, new Set(['session']))).toBe(true)
    expect(hasCookie('b=2; session=1', new Set(['session']))).toBe(true)
    expect(hasCookie('b=2; xsession=1', new Set(['session']))).toBe(false)
  })

  it('never throws, and is quick with 100 kB', () => {
    fc.assert(
      fc.property(fc.string({ unit: codeUnit, maxLength: 2000 }), fc.string(), (header, name) => {
        for (const value of cookieValues(header, name)) expect(header).toContain(value)
        expect(parseCookieHeader(header).size).toBeLessThanOrEqual(256)
      }),
    )
    for (const piece of [';', '=', ' ', 'a=;', '==;', '\t', '"']) {
      const started = performance.now()
      parseCookieHeader(piece.repeat(100_000))
      parseCookieHeader(piece.repeat(16_384 / piece.length))
      expect(performance.now() - started).toBeLessThan(500)
    }
  })
})

describe.each([{ sealed: false }, { sealed: true }])('SignedCookie, %j', ({ sealed }) => {
  let nowMs = 1_800_000_000_000
  const make = (options: Partial<SignedCookieOptions> = {}): SignedCookie =>
    new SignedCookie({ name: '__Host-session', keys: [current], maxAgeS: 3600, sealed, now: () => nowMs, ...options })
  const sent = (setCookie: string): string => setCookie.split('; ')[0] ?? ''

  it('gives back what it wrote, until its end', () => {
    nowMs = 1_800_000_000_000
    const cookie = make()
    const header = cookie.serialize('u_42 ü;"')
    expect(header).toMatch(/^__Host-session=[\w.-]+; Path=\/; Max-Age=3600; Secure; HttpOnly; SameSite=Lax$/)
    expect(header.includes(Buffer.from('u_42 ü;"').toString('base64url'))).toBe(!sealed)
    expect(cookie.read(`other=1; ${sent(header)}`)).toEqual({
      ok: true,
      value: 'u_42 ü;"',
      expiresAtS: 1_800_003_600,
      outdatedKey: false,
    })
    nowMs += 3_599_999
    expect(cookie.read(sent(header))).toMatchObject({ ok: true })
    nowMs += 1
    expect(cookie.read(sent(header))).toEqual({ ok: false, code: 'expired' })
    expect(cookie.read(undefined)).toEqual({ ok: false, code: 'absent' })
    expect(cookie.clear()).toBe('__Host-session=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax')
    expect(cookie.read(sent(cookie.clear()))).toEqual({ ok: false, code: 'malformed' })
  })

  it('rotates keys: the first signs, all verify, one taken out does not', () => {
    const old = sent(make({ keys: [older] }).serialize('a'))
    expect(make({ keys: [current, older] }).read(old)).toMatchObject({ ok: true, outdatedKey: true })
    expect(sent(make({ keys: [current, older] }).serialize('a'))).toContain('2026-11')
    expect(make().read(old)).toEqual({ ok: false, code: 'signature' })
    // The same id with another secret is another key.
    expect(make({ keys: [{ ...older, secret: secret('other') }] }).read(old)).toEqual({ ok: false, code: 'signature' })
  })

  it('is bound to name, purpose and form', () => {
    const value = sent(make().serialize('a')).split('=')[1]
    expect(make({ name: '__Host-other' }).read(`__Host-other=${value}`)).toEqual({ ok: false, code: 'signature' })
    expect(make({ purpose: 'reset' }).read(`__Host-session=${value}`)).toEqual({ ok: false, code: 'signature' })
    expect(make({ sealed: !sealed }).read(`__Host-session=${value}`)).toEqual({ ok: false, code: 'malformed' })
  })

  // Property: any changed character is refused.
  it('refuses it with any character changed', () => {
    const text = sent(make().serialize('some value'))
    const from = '__Host-session='.length
    const cookie = make()
    fc.assert(
      fc.property(
        fc.integer({ min: from, max: text.length - 1 }),
        fc.constantFrom('a', 'Z', '0', '9', '_', '-', '.'),
        (at, character) => {
          if (text[at] === character) return
          const result = cookie.read(text.slice(0, at) + character + text.slice(at + 1))
          expect(['malformed', 'signature']).toContain(result.ok ? 'ok' : result.code)
        },
      ),
    )
  })

  it('ignores planted ones that do not verify, and refuses to choose between two that do', () => {
    const cookie = make()
    const mine = sent(cookie.serialize('mine'))
    const other = sent(cookie.serialize('theirs'))
    expect(cookie.read(`__Host-session=planted; ${mine}`)).toMatchObject({ ok: true, value: 'mine' })
    expect(cookie.read(`${mine}; __Host-session=planted`)).toMatchObject({ ok: true, value: 'mine' })
    expect(cookie.read(`${mine}; ${mine}`)).toMatchObject({ ok: true, value: 'mine' })
    expect(cookie.read(`${'__Host-session=planted; '.repeat(7)}${mine}`)).toMatchObject({ ok: true })
    expect(cookie.read(`${'__Host-session=planted; '.repeat(8)}${mine}`)).toEqual({ ok: false, code: 'malformed' })
    expect(cookie.read(`${other}; ${mine}`)).toEqual({ ok: false, code: 'ambiguous' })
  })

  it('refuses a value that browsers would drop', () => {
    expect(() => make().serialize('x'.repeat(3100))).toThrow(/4096/)
    expect(make().read(sent(make().serialize('x'.repeat(2900))))).toMatchObject({ ok: true })
  })

  it('never throws for what is sent', () => {
    const cookie = make()
    const piece = fc.constantFrom('s1', 'e1', '.', '2026-11', '1800003600', 'QQ', '=', ';', '__Host-session=')
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: codeUnit }),
          fc.array(piece).map((p) => p.join('')),
        ),
        (text) => {
          expect(cookie.read(`__Host-session=${text}`).ok).toBe(false)
        },
      ),
    )
    const started = performance.now()
    for (const text of ['s1.', '.', 'A', 's1.a.1.']) cookie.read(`__Host-session=${text.repeat(100_000)}`)
    expect(performance.now() - started).toBeLessThan(500)
  })

  it.each<Partial<SignedCookieOptions>>([
    { maxAgeS: 0 },
    { maxAgeS: 34_560_001 },
    { domain: 'acme.test' },
    { keys: [] },
    { purpose: '' },
    { keys: [{ id: 'a b', secret: secret('x') }] },
    { keys: [{ id: 'a', secret: 'short' }] },
    { keys: [{ id: 'a', secret: 'a'.repeat(64) }] },
    { keys: [current, { ...older, id: current.id }] },
  ])('refuses %j', (options) => {
    expect(() => make(options)).toThrow(RangeError)
  })
})

describe('KeyRing', () => {
  it('gives each purpose its own keys, and never shows a secret', () => {
    const a = new KeyRing([current], 'a')
    const b = new KeyRing([current], 'b')
    expect(a.mac('text')).not.toBe(b.mac('text'))
    expect(a.verifies('text', '2026-11', a.mac('text'))).toBe(true)
    expect(a.verifies('text', '2026-11', b.mac('text'))).toBe(false)
    expect(a.verifies('text', 'unknown', a.mac('text'))).toBe(false)
    expect(a.sealingKey('unknown')).toBeNull()
    expect(a.has('2026-11') && !a.has('x')).toBe(true)
    expect(() => new KeyRing([{ id: 'k', secret: 'hunter2' }], 'a')).toThrow(/^(?!.*hunter2)/)
  })
})
