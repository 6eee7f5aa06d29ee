/** Goal: rules target exactly whom they name, splits are stable and fair, and no definition or context breaks evaluation. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type FlagCondition,
  type FlagDefinition,
  type FlagEvent,
  type FlagProblem,
  FlagStore,
  bucketOf,
  createStaticFlags,
  flagsFromEnvironment,
  switchValue,
} from './index.ts'
import { versionRange } from './rules.ts'

const onOff = { variants: { on: true, off: false }, defaultVariant: 'off' } as const
const store = (flags: Record<string, unknown>, options: ConstructorParameters<typeof FlagStore>[0] = {}): FlagStore => {
  const one = new FlagStore(options)
  one.replace(flags)
  return one
}
const matches = (condition: FlagCondition, context: Record<string, unknown>): boolean => {
  const { reason, errorMessage } = store({ f: { ...onOff, rules: [{ when: [condition], variant: 'on' }] } }).evaluate(
    'f',
    'boolean',
    context,
  )
  if (reason === 'ERROR') throw new Error(errorMessage)
  return reason === 'TARGETING_MATCH'
}

describe('rules', () => {
  it.each<[boolean, FlagCondition, Record<string, unknown>]>([
    [true, { attribute: 'a', op: 'equals', value: 'x' }, { a: 'x' }],
    [false, { attribute: 'a', op: 'equals', value: 'x' }, { a: 'y' }],
    [false, { attribute: 'a', op: 'equals', value: 29 }, { a: '29' }],
    [true, { attribute: 'a', op: 'equals', value: 'x', not: true }, { a: 'y' }],
    [false, { attribute: 'a', op: 'equals', value: 'x', not: true }, {}],
    [false, { attribute: 'a', op: 'equals', value: 'x', not: true }, { a: null }],
    [false, { attribute: 'toString', op: 'equals', value: 'x', not: true }, {}],
    [true, { attribute: 'a', op: 'in', values: ['x', 1, true] }, { a: 1 }],
    [false, { attribute: 'a', op: 'in', values: ['x', 1, true] }, { a: '1' }],
    [true, { attribute: 'a', op: 'in', values: ['x'], not: true }, { a: 'y' }],
    [true, { attribute: 'a', op: 'prefix', value: 'ab' }, { a: 'abc' }],
    [false, { attribute: 'a', op: 'prefix', value: 'ab' }, { a: 5 }],
    [true, { attribute: 'a', op: 'suffix', value: '@example.org' }, { a: 'x@example.org' }],
    [true, { attribute: 'a', op: 'greater', value: 10 }, { a: 11 }],
    [false, { attribute: 'a', op: 'greater', value: 10 }, { a: 10 }],
    [true, { attribute: 'a', op: 'atLeast', value: 10 }, { a: 10 }],
    [true, { attribute: 'a', op: 'less', value: 10 }, { a: 9 }],
    [true, { attribute: 'a', op: 'atMost', value: 10 }, { a: 10 }],
    [false, { attribute: 'a', op: 'atMost', value: 10 }, { a: '9' }],
    [true, { attribute: 'a', op: 'semver', range: '>=1.2.0 <2.0.0' }, { a: '1.9.3' }],
    [false, { attribute: 'a', op: 'semver', range: '>=1.2.0 <2.0.0' }, { a: '2.0.0' }],
    [false, { attribute: 'a', op: 'semver', range: '>=1.2.0' }, { a: 'latest' }],
    [true, { attribute: 'a', op: 'semver', range: '1.2.0' }, { a: 'v1.2.0' }],
  ])('%s: %j for %j', (expected, condition, context) => expect(matches(condition, context)).toBe(expected))

  it('asks for all conditions of a rule, and takes the first rule that matches', () => {
    const flags = store({
      f: {
        variants: { a: 'A', b: 'B', none: '-' },
        defaultVariant: 'none',
        rules: [
          {
            when: [
              { attribute: 'x', op: 'equals', value: 1 },
              { attribute: 'y', op: 'equals', value: 1 },
            ],
            variant: 'a',
          },
          { when: [{ attribute: 'x', op: 'equals', value: 1 }], variant: 'b' },
        ],
      },
    })
    expect(flags.evaluate('f', 'string', { x: 1, y: 1 })).toMatchObject({
      value: 'A',
      variant: 'a',
      reason: 'TARGETING_MATCH',
    })
    expect(flags.evaluate('f', 'string', { x: 1 })).toMatchObject({ value: 'B' })
    expect(flags.evaluate('f', 'string')).toMatchObject({ value: '-', reason: 'DEFAULT' })
  })

  it('does not take a malformed range for one', () => {
    for (const range of ['', 'x', '>=1', '~1.2.0', '>=1.2.0 ||', '=> 1.2.0', Array(9).fill('>1.0.0').join(' ')])
      expect(versionRange(range)).toBeNull()
  })
})

describe('splits', () => {
  const split = (on: number, extra: object = {}): FlagDefinition => ({
    ...onOff,
    rules: [{ split: { on, off: 100 - on }, ...extra }],
  })

  it('put a key into the documented bucket, for ever', () => {
    // SHA-256 of "new-editor", NUL, "user-1" and of "f", NUL, "a": computed by another program.
    expect([bucketOf('new-editor', 'user-1'), bucketOf('f', 'a')]).toEqual([99558, 31408])
  })

  it('give about the share they say, keep everybody who was in when it grows, and differ between flags', () => {
    const keys = Array.from({ length: 5000 }, (_, index) => `user-${index}`)
    const inside = (key: string, share: number): Set<string> => {
      const flags = store({ [key]: split(share) })
      return new Set(keys.filter((targetingKey) => flags.boolean(key, { targetingKey })))
    }
    const [ten, twenty, other] = [inside('f', 10), inside('f', 20), inside('g', 10)]
    expect(ten.size).toBeGreaterThan(420)
    expect(ten.size).toBeLessThan(580)
    expect([...ten].every((key) => twenty.has(key))).toBe(true)
    expect([...ten].filter((key) => other.has(key)).length).toBeLessThan(100)
    expect(inside('f', 0).size).toBe(0)
    expect(inside('f', 100).size).toBe(5000)
  })

  it('say SPLIT, and name what is missing', () => {
    const flags = store({ f: split(50), by: split(50, { by: 'organisation' }) })
    expect(flags.evaluate('f', 'boolean', { targetingKey: 'a' })).toMatchObject({ reason: 'SPLIT' })
    for (const context of [{}, { targetingKey: '' }, { targetingKey: null }])
      expect(flags.evaluate('f', 'boolean', context)).toMatchObject({
        reason: 'ERROR',
        errorCode: 'TARGETING_KEY_MISSING',
      })
    for (const targetingKey of [7, {}, 'x'.repeat(1025)])
      expect(flags.evaluate('f', 'boolean', { targetingKey })).toMatchObject({ errorCode: 'INVALID_CONTEXT' })
    expect(flags.evaluate('by', 'boolean', { organisation: 'o' })).toMatchObject({ reason: 'SPLIT' })
  })
})

describe('definitions', () => {
  it.each([
    ['no object', 7],
    ['no variants', { variants: {} }],
    ['an unknown field', { ...onOff, default: 'on' }],
    ['mixed types', { variants: { a: 1, b: 'x' } }],
    ['an unknown default', { ...onOff, defaultVariant: 'maybe' }],
    ['an unknown variant in a rule', { ...onOff, rules: [{ variant: 'maybe' }] }],
    ['an inherited name as a variant', { ...onOff, rules: [{ variant: 'constructor' }] }],
    [
      'an unknown operator',
      { ...onOff, rules: [{ when: [{ attribute: 'a', op: 'regex', value: '(a+)+' }], variant: 'on' }] },
    ],
    [
      'a malformed range',
      { ...onOff, rules: [{ when: [{ attribute: 'a', op: 'semver', range: '>=new' }], variant: 'on' }] },
    ],
    ['shares that are not 100', { ...onOff, rules: [{ split: { on: 10, off: 80 } }] }],
    ['a negative share', { ...onOff, rules: [{ split: { on: 110, off: -10 } }] }],
    ['too many rules', { ...onOff, rules: Array(33).fill({ variant: 'on' }) }],
    ['a deep value', { variants: { a: JSON.parse(`${'['.repeat(50)}${']'.repeat(50)}`) } }],
    ['a long text', { variants: { a: 'x'.repeat(16_385) } }],
  ])('answer PARSE_ERROR for %s, and leave other flags alone', (_, definition) => {
    const problems: FlagProblem[] = []
    const flags = store({ bad: definition, good: onOff }, { onProblem: (problem) => problems.push(problem) })
    expect(flags.evaluate('bad', 'boolean')).toMatchObject({ reason: 'ERROR', errorCode: 'PARSE_ERROR' })
    expect(flags.boolean('bad')).toBeNull()
    expect(flags.boolean('good')).toBe(false)
    expect(problems).toMatchObject([{ key: 'bad' }])
  })

  it('that go bad leave the last good one, marked STALE, until they are good again', () => {
    const flags = store({ f: onOff })
    const on = { ...onOff, defaultVariant: 'on' }
    flags.replace({ f: { variants: 'broken' } })
    expect(flags.evaluate('f', 'boolean')).toMatchObject({ value: false, reason: 'STALE' })
    flags.replace({ f: on })
    expect(flags.evaluate('f', 'boolean')).toMatchObject({ value: true, reason: 'STATIC' })
  })

  it('can not be changed by who gets their values', () => {
    const flags = store({ f: { variants: { a: { list: [1] } }, defaultVariant: 'a', metadata: { owner: 'x' } } })
    const { value, metadata } = flags.evaluate('f', 'object')
    expect(() => Reflect.apply(Array.prototype.push, (value as { list: number[] }).list, [2])).toThrow(TypeError)
    expect(Object.isFrozen(metadata)).toBe(true)
  })

  it('never break evaluation: any JSON, any context', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.string(),
        fc.dictionary(fc.string(), fc.anything()),
        (flags, key, context) => {
          const { reason } = store({
            ...flags,
            f: { ...onOff, rules: [{ when: [{ attribute: key || 'a', op: 'prefix', value: 'a' }], variant: 'on' }] },
          }).evaluate(key, 'boolean', context)
          expect(typeof reason).toBe('string')
        },
      ),
    )
  })
})

describe('the store', () => {
  it('goes from not ready over ready to stale and back, and says so once', () => {
    const flags = new FlagStore()
    const events: FlagEvent[] = []
    const end = flags.subscribe((event) => events.push(event))
    expect(flags.evaluate('f', 'boolean')).toMatchObject({ errorCode: 'PROVIDER_NOT_READY' })
    flags.markStale('down')
    expect(flags.status).toBe('ERROR')
    flags.replace({ f: onOff, g: { ...onOff, rules: [{ variant: 'on' }] }, d: { ...onOff, disabled: true } })
    flags.markStale('down')
    flags.markStale('still down')
    expect(flags.evaluate('f', 'boolean')).toMatchObject({ value: false, reason: 'STALE' })
    expect(flags.evaluate('g', 'boolean')).toMatchObject({ value: true, reason: 'STALE', variant: 'on' })
    expect(flags.evaluate('d', 'boolean')).toEqual({ reason: 'DISABLED' })
    expect(flags.evaluate('none', 'boolean')).toMatchObject({ errorCode: 'FLAG_NOT_FOUND' })
    expect(
      flags.replace({ f: { ...onOff, defaultVariant: 'on' }, g: { ...onOff, rules: [{ variant: 'on' }] } }),
    ).toEqual(['f', 'd'])
    expect(flags.evaluate('f', 'boolean')).toMatchObject({ value: true, reason: 'STATIC' })
    expect(events.map((event) => event.type)).toEqual([
      'PROVIDER_ERROR',
      'PROVIDER_READY',
      'PROVIDER_STALE',
      'PROVIDER_READY',
      'PROVIDER_CONFIGURATION_CHANGED',
    ])
    expect(events.at(-1)).toMatchObject({ flagsChanged: ['f', 'd'] })
    end()
    flags.markFatal('no table')
    expect(events).toHaveLength(5)
    expect(flags.evaluate('f', 'boolean')).toMatchObject({ errorCode: 'PROVIDER_FATAL' })
  })

  it('caches what is the same for everybody, for as long as it is told, and forgets it at a change', () => {
    let nowMs = 0
    const flags = store(
      { f: onOff, r: { ...onOff, rules: [{ variant: 'on' }] } },
      { cacheLifetimeMs: 100, now: () => nowMs },
    )
    const reasons = (key: string): string => flags.evaluate(key, 'boolean').reason
    expect([reasons('f'), reasons('f'), reasons('r'), reasons('r')]).toEqual([
      'STATIC',
      'CACHED',
      'TARGETING_MATCH',
      'TARGETING_MATCH',
    ])
    nowMs = 100
    expect([reasons('f'), reasons('f')]).toEqual(['STATIC', 'CACHED'])
    flags.replace({ f: { ...onOff, defaultVariant: 'on' } })
    expect(flags.evaluate('f', 'boolean')).toMatchObject({ reason: 'STATIC', value: true })
    expect(flags.evaluate('f', 'string')).toMatchObject({ errorCode: 'TYPE_MISMATCH' })
  })

  it('is bounded, and refuses options that can not be', () => {
    const flags = store({ f: onOff }, { flagsMax: 2 })
    expect(() => flags.replace({ a: onOff, b: onOff, c: onOff })).toThrow('expected at most 2 flags, got 3')
    expect(flags.boolean('f')).toBe(false)
    for (let i = 0; i < 100; i += 1) flags.subscribe(() => {})
    expect(() => flags.subscribe(() => {})).toThrow('listeners')
    expect(() => new FlagStore({ cacheLifetimeMs: -1 })).toThrow('cacheLifetimeMs')
    expect(() => new FlagStore({ flagsMax: 0 })).toThrow('flagsMax')
  })
})

describe('static flags', () => {
  it('come from an object or a JSON text, and a bad reload changes nothing', () => {
    const flags = createStaticFlags(JSON.stringify({ f: onOff }))
    for (const text of ['', '[]', 'null', '{', '7', 'x'.repeat(5_000_000)])
      expect(() => flags.update(text)).toThrow(RangeError)
    expect(flags.store.boolean('f')).toBe(false)
    expect(flags.update({ f: { ...onOff, defaultVariant: 'on' } })).toEqual(['f'])
    expect(flags.store.boolean('f')).toBe(true)
  })

  it('come from the environment, where only on and off are values', () => {
    const flags = flagsFromEnvironment({ a: 'FLAG_A', b: 'FLAG_B', c: 'FLAG_C' }, { FLAG_A: 'on', FLAG_B: ' FALSE ' })
    const { store: values } = createStaticFlags(flags)
    expect([values.boolean('a'), values.boolean('b'), values.boolean('c')]).toEqual([true, false, null])
    expect(() => switchValue('FLAG_A', 'onn')).toThrow('FLAG_A: expected on or off')
  })
})
