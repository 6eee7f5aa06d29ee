import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { Json } from '@greengate/contracts'
import { canonicalize, digestOf, JSON_DEPTH_MAX, strictParse } from './canonical.ts'
import { EvidenceError } from './errors.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8')

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return error instanceof EvidenceError ? error.code : 'another error'
  }
  return 'none'
}

/** JSON from nothing but what JSON can hold, with the key `__proto__` and characters beyond the basic plane. */
const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'constructor', 'é', '1', '10', '2')),
      tie('value'),
      { maxKeys: 5 },
    ),
  ),
})).value

describe('RFC 8785', () => {
  // Section 3.2.2 and 3.2.3 of the RFC, and its appendix B of IEEE 754 samples.
  test('serialises the sample of section 3.2.2', () => {
    const sample = {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    }
    expect(canonicalize(sample)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    )
  })

  test('sorts keys by UTF-16 code units, as in section 3.2.3', () => {
    const sample = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\u{1f600}': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    }
    expect(Object.values(JSON.parse(canonicalize(sample)) as object)).toHaveLength(7)
    expect([...canonicalize(sample).matchAll(/:"([^"]+)"/g)].map((match) => match[1])).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ])
  })

  test.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('writes the double %s as %s, as in appendix B', (hex, text) => {
    expect(canonicalize(Buffer.from(hex, 'hex').readDoubleBE())).toBe(text)
  })
})

describe('what JSON cannot hold is refused and not dropped', () => {
  const cycle: Record<string, unknown> = {}
  cycle['self'] = { cycle }
  const sparse: unknown[] = [1]
  sparse[2] = 3
  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['undefined in an object', { a: undefined }],
    ['undefined in an array', [undefined]],
    ['a hole', sparse],
    ['NaN', Number.NaN],
    ['Infinity', [Number.POSITIVE_INFINITY]],
    ['-Infinity', { a: Number.NEGATIVE_INFINITY }],
    ['a bigint', 1n],
    ['a function', { toJSON: () => 1 }],
    ['a symbol', Symbol('x')],
    ['a symbol as key', { [Symbol('x')]: 1 }],
    ['a lone high surrogate', '\ud800'],
    ['a lone low surrogate', ['a\udc00b']],
    ['a lone surrogate in a key', { '\ud83d': 1 }],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['bytes', new Uint8Array(1)],
    ['a class instance', new (class Box {})()],
    ['a cycle', cycle],
  ])('%s', (_name, value) => {
    expect(codeOf(() => canonicalize(value))).toBe('NOT_JSON')
  })

  test.each<[unknown, string, string]>([
    [{ a: [{ b: Number.NaN }] }, 'a.0.b', 'NaN is no JSON number'],
    [[1, Number.NEGATIVE_INFINITY], '1', '-Infinity is no JSON number'],
    [undefined, 'the whole value', 'undefined is nothing that JSON can hold'],
    [{ a: 1n }, 'a', 'bigint is nothing that JSON can hold'],
    [new Date(0), 'the whole value', 'it is not a plain object'],
    [{ a: { [Symbol('x')]: 1 } }, 'a', 'it has symbols as keys'],
    [['\ud800'], '0', 'it holds half of a surrogate pair'],
    [{ a: { '\ud83d': 1 } }, 'a.\ud83d', 'it holds half of a surrogate pair'],
  ])('the place of it is named, and what it is: %#', (value, where, problem) => {
    expect(() => canonicalize(value)).toThrow(
      expect.objectContaining({
        name: 'EvidenceError',
        code: 'NOT_JSON',
        message: `It can't be written as canonical JSON: ${where}: ${problem}.`,
        where,
      }),
    )
  })

  test('of a place that is deep, the last twenty steps are named', () => {
    let value: unknown = Number.NaN
    for (let level = 30; level > 0; level--) value = { [`k${level}`]: value }
    const where = Array.from({ length: 20 }, (_, index) => `k${index + 11}`).join('.')
    expect(() => canonicalize(value)).toThrow(expect.objectContaining({ where }))
  })

  test('a cycle is told as one', () => {
    const message = /it refers to itself, or is nested deeper than 256 levels\.$/
    expect(() => canonicalize(cycle)).toThrow(message)
  })

  test('nesting is bounded, from values and from bytes', () => {
    const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)
    expect(canonicalize(strictParse(bytes(deep(JSON_DEPTH_MAX))))).toBe(deep(JSON_DEPTH_MAX))
    expect(codeOf(() => strictParse(bytes(deep(JSON_DEPTH_MAX + 1))))).toBe('NOT_JSON')
    expect(codeOf(() => strictParse(bytes(deep(500_000))))).toBe('NOT_JSON')
  })
})

describe('strictParse accepts one encoding of each value', () => {
  test.each([
    ['duplicate keys', '{"a":1,"a":1}', 'NOT_CANONICAL'],
    ['unsorted keys', '{"b":1,"a":1}', 'NOT_CANONICAL'],
    ['white space', '{"a": 1}', 'NOT_CANONICAL'],
    ['a newline at the end', '{"a":1}\n', 'NOT_CANONICAL'],
    ['an escape that is not needed', '"\\u0041"', 'NOT_CANONICAL'],
    ['an escape in upper case', '"\\u001F"', 'NOT_CANONICAL'],
    ['an escaped slash', '"\\/"', 'NOT_CANONICAL'],
    ['another spelling of a number', '1.0', 'NOT_CANONICAL'],
    ['an exponent that is not needed', '1e2', 'NOT_CANONICAL'],
    ['minus zero', '-0', 'NOT_CANONICAL'],
    ['a number that loses digits', '12345678901234567890', 'NOT_CANONICAL'],
    ['a number beyond doubles', '1e400', 'NOT_JSON'],
    ['an escaped lone surrogate', '"\\ud800"', 'NOT_JSON'],
    ['a byte order mark', '\ufeff1', 'NOT_JSON'],
    ['nothing', '', 'NOT_JSON'],
    ['half of it', '{"a":', 'NOT_JSON'],
  ])('%s', (_name, text, code) => {
    expect(codeOf(() => strictParse(bytes(text)))).toBe(code)
  })

  test('why is told', () => {
    expect(() => strictParse(bytes('{'))).toThrow(
      expect.objectContaining({
        name: 'EvidenceError',
        code: 'NOT_JSON',
        message: 'It is not JSON in UTF-8.',
        cause: expect.any(SyntaxError) as SyntaxError,
      }),
    )
    expect(() => strictParse(bytes(' 1'))).toThrow(
      expect.objectContaining({
        name: 'EvidenceError',
        code: 'NOT_CANONICAL',
        message: 'It is not its own canonical encoding: it was re-encoded or altered.',
      }),
    )
  })

  test.each([
    ['an overlong encoding', [0x22, 0xc0, 0xaf, 0x22]],
    ['a cut character', [0x22, 0xe2, 0x82, 0x22]],
    ['a surrogate in UTF-8', [0x22, 0xed, 0xa0, 0x80, 0x22]],
  ])('bytes that are not UTF-8: %s', (_name, raw) => {
    expect(codeOf(() => strictParse(Buffer.from(raw)))).toBe('NOT_JSON')
  })
})

describe('properties', () => {
  test('canonical JSON round-trips', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalize(value)
        const parsed = strictParse(bytes(text))
        expect(canonicalize(parsed)).toBe(text)
        expect(parsed).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  test('the order of keys never matters', () => {
    const reversed = (value: Json): Json => {
      if (value === null || typeof value !== 'object') return value
      if (Array.isArray(value)) return value.map(reversed)
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, inner]) => [key, reversed(inner)]),
      )
    }
    fc.assert(
      fc.property(json, (value) => {
        expect(digestOf(reversed(value))).toBe(digestOf(value))
      }),
    )
  })

  test('no second sequence of bytes gives the same value: any flipped bit is refused or gives another digest', () => {
    fc.assert(
      fc.property(json, fc.nat(), (value, position) => {
        const encoded = bytes(canonicalize(value))
        const bit = position % (encoded.length * 8)
        encoded[bit >> 3] = (encoded[bit >> 3] as number) ^ (1 << (bit & 7))
        const other = (): string => digestOf(strictParse(encoded))
        const code = codeOf(other)
        expect(['none', 'NOT_JSON', 'NOT_CANONICAL']).toContain(code)
        expect(code === 'none' ? other() : 'refused').not.toBe(digestOf(value))
      }),
    )
  })
})

test('a digest is that of the canonical text', () => {
  expect(digestOf({})).toBe('sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a')
})
