// Goal: what is announced is a structured field (RFC 9651) as draft-ietf-httpapi-ratelimit-headers-11 has it. Method:
// every serialisation is read back with the structured-headers package, which had no part in it.
import fc from 'fast-check'
import { parseItem, parseList } from 'structured-headers'
import { describe, expect, it } from 'vitest'
import {
  defineRateLimit,
  fieldBytes,
  fieldInteger,
  fieldItem,
  fieldString,
  GcraLimiter,
  parseFieldString,
  RateLimitFields,
} from './index.ts'

const perMinute = defineRateLimit({ name: 'default', limit: 100, windowS: 60 })
const daily = defineRateLimit({ name: 'daily', limit: 5000, windowS: 86_400 })

describe('RateLimitFields', () => {
  it('announces the policies as the draft shows them', () => {
    expect(new RateLimitFields([perMinute]).policy).toBe('"default";q=100;w=60')
    const { policy } = new RateLimitFields([perMinute, daily])
    expect(policy).toBe('"default";q=100;w=60, "daily";q=5000;w=86400')
    expect(parseList(policy).map(([name, parameters]) => [name, Object.fromEntries(parameters)])).toEqual([
      ['default', { q: 100, w: 60 }],
      ['daily', { q: 5000, w: 86_400 }],
    ])
  })

  it('says what is left, and names one moment in t and Retry-After', () => {
    const limiter = new GcraLimiter({ name: 'default', limit: 2, windowS: 60 })
    const fields = new RateLimitFields([limiter.limit])
    const first = limiter.take('a', 0)
    expect(fields.headers(first)).toEqual({
      'ratelimit-policy': '"default";q=2;w=60',
      ratelimit: '"default";r=1;t=30',
    })
    limiter.take('a', 0)
    const refused = limiter.take('a', 100)
    expect(fields.headers(refused)).toEqual({
      'ratelimit-policy': '"default";q=2;w=60',
      ratelimit: '"default";r=0;t=30',
      'retry-after': '30',
    })
    const [item] = parseList(fields.value(refused))
    expect(item).toEqual(['default', new Map(Object.entries({ r: 0, t: 30 }))])
  })

  it('announces nothing that nobody counted', () => {
    const fields = new RateLimitFields([perMinute])
    const cause = new Error('down')
    const policy = { 'ratelimit-policy': '"default";q=100;w=60' }
    expect(fields.headers({ outcome: 'store_unavailable', policy: 'open', cause })).toEqual(policy)
    const standIn = { outcome: 'refused', limit: perMinute, remaining: 0, retryAfterS: 3, resetS: 60 } as const
    expect(fields.headers({ outcome: 'store_unavailable', policy: 'local', cause, standIn })).toEqual({
      ...policy,
      ratelimit: '"default";r=0;t=3',
      'retry-after': '3',
    })
  })

  it('refuses no limits, too many, and one it does not announce', () => {
    expect(() => new RateLimitFields([])).toThrow(RangeError)
    expect(() => new RateLimitFields(Array.from({ length: 17 }, () => daily))).toThrow(RangeError)
    const other = { outcome: 'allowed', limit: daily, remaining: 1, resetS: 1 } as const
    expect(() => new RateLimitFields([perMinute]).value(other)).toThrow('daily')
    expect(new RateLimitFields([perMinute, daily]).value(other)).toBe('"daily";r=1;t=1')
  })
})

describe('structured fields', () => {
  const printable = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) })
  const name = fc.stringMatching(/^[a-z*][a-z0-9_.*-]{0,20}$/)
  // A parameter of the package's own type for bytes.
  const plain = (value: unknown): unknown => (value instanceof ArrayBuffer ? new Uint8Array(value) : value)

  it('serialises items that another implementation reads back as they were', () => {
    const value = fc.oneof(
      printable,
      fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 }),
      fc.uint8Array({ maxLength: 20 }),
    )
    fc.assert(
      fc.property(printable, fc.dictionary(name, value, { maxKeys: 4 }), (text, parameters) => {
        const [read, found] = parseItem(fieldItem(text, parameters))
        expect(read).toBe(text)
        expect([...found].map(([key, one]) => [key, plain(one)])).toEqual(Object.entries(parameters))
      }),
    )
  })

  it('parses strings as another implementation does, and never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          printable.map(fieldString),
          printable.map((text) => `"${text}"`),
        ),
        (field) => {
          const own = parseFieldString(field, 1000)
          let other: unknown = null
          try {
            const [read, parameters] = parseItem(field)
            if (typeof read === 'string' && parameters.size === 0) other = read
          } catch {
            other = null
          }
          expect(own).toBe(other)
        },
      ),
      { numRuns: 500 },
    )
    expect(parseFieldString(`"${'a'.repeat(11)}"`, 10)).toBeNull()
    expect(parseFieldString(`"${'a'.repeat(10_000_000)}"`, 10)).toBeNull()
  })

  it('refuses what a field can not hold', () => {
    for (const text of ['ü', 'a\nb', '\u0000', '\u007f']) expect(() => fieldString(text)).toThrow(RangeError)
    for (const number of [1.5, Number.NaN, 1e15, Number.POSITIVE_INFINITY])
      expect(() => fieldInteger(number)).toThrow(RangeError)
    expect(fieldInteger(-0)).toBe('0')
    for (const key of ['', 'A', '1a', 'a b', 'ä']) expect(() => fieldItem('x', { [key]: 1 })).toThrow(RangeError)
    expect(fieldBytes(new Uint8Array([1, 2]))).toBe(':AQI=:')
  })
})
