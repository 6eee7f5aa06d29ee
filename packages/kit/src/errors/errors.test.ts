import { describe, expect, it } from 'vitest'
import { defineErrors, ErrorAnswers, errorsOf, errorsReference, kitErrors, ServiceError } from './index.ts'

const entry = { class: 'Conflict', status: 409, retriable: false, retryAfterS: null, message: 'm', fix: 'f' } as const

describe('defineErrors', () => {
  it("adds codes to the kit's", () =>
    expect(Object.keys(defineErrors({ taken_name: entry }))).toEqual([...Object.keys(kitErrors), 'taken_name']))
  it('refuses codes that are malformed or taken, odd statuses, and retry-after without retriable', () => {
    expect(() => defineErrors({ 'Bad-Code': entry })).toThrow(RangeError)
    expect(() => defineErrors({ internal: entry })).toThrow(RangeError)
    expect(() => defineErrors({ taken_name: { ...entry, status: 200 } })).toThrow(RangeError)
    expect(() => defineErrors({ taken_name: { ...entry, retryAfterS: 5 } })).toThrow(RangeError)
  })
  it.each([
    ['class', { class: 'Nothing' }],
    ['message', { message: '' }],
    ['message', { message: 'two\nlines' }],
    ['fix', { fix: 'x'.repeat(201) }],
    ['reaction', { reaction: 'shrug' }],
    ['retryAfterS', { retriable: true, retryAfterS: 0 }],
    ['retryAfterS', { retriable: true, retryAfterS: 1.5 }],
    ['status', { status: 404.5 }],
  ])('says which %s is wrong', (what, change) =>
    expect(() => defineErrors({ taken_name: { ...entry, ...change } as typeof entry })).toThrow(what),
  )
  it("holds the kit's own codes to the same rules", () => {
    const renamed = Object.fromEntries(Object.entries(kitErrors).map(([code, one]) => [`own_${code}`, one]))
    expect(Object.keys(defineErrors(renamed))).toHaveLength(2 * Object.keys(kitErrors).length)
  })
  it('makes errors of its registry and of no other', () => {
    const registry = defineErrors({ taken_name: entry })
    const fail = errorsOf(registry)
    const code: 'taken_name' | keyof typeof kitErrors = fail('taken_name').code
    expect(code).toBe('taken_name')
    // @ts-expect-error -- not in the registry
    expect(() => fail('other_name')).toThrow(RangeError)
  })
  it('has the documented delays', () => {
    expect([
      kitErrors.rate_limited.retryAfterS,
      kitErrors.internal.retryAfterS,
      kitErrors.database_timeout.retryAfterS,
    ]).toEqual([60, 30, 5])
  })
})

describe('ErrorAnswers', () => {
  const answers = new ErrorAnswers(kitErrors, 'https://api.test/')

  it("sends Retry-After on retriable codes alone, with the registry's value", () => {
    for (const [code, { retryAfterS }] of Object.entries(kitErrors)) {
      expect(answers.of(new ServiceError(code), 'id').headers['retry-after']).toBe(
        retryAfterS === null ? undefined : String(retryAfterS),
      )
    }
  })

  it('answers an unregistered code as internal and keeps its words to itself', () => {
    const { status, body } = answers.of(
      new ServiceError('secret_code', { message: 'select * from users', details: [{ field: 'a', problem: 'b' }] }),
      'id',
    )
    expect({ status, body }).toEqual({
      status: 500,
      body: {
        error: {
          code: 'internal',
          message: kitErrors.internal.message,
          details: [],
          request_id: 'id',
          help: 'https://api.test/errors/internal',
        },
      },
    })
  })

  it('bounds details and describes nothing that is inherited', () => {
    const details = Array.from({ length: 50 }, (_, i) => ({ field: String(i), problem: 'x'.repeat(999) }))
    const { body, payload } = answers.of(new ServiceError('validation_failed', { details }), 'id')
    expect(body.error.details).toHaveLength(20)
    expect(JSON.parse(payload)).toEqual(body)
    expect(payload.length).toBeLessThan(6000)
    expect(answers.describe('constructor')).toBeNull()
    expect(Object.keys(answers.describeAll().codes)).toEqual(Object.keys(kitErrors))
    expect(Object.values(answers.describeAll().codes).filter((one) => 'reaction' in one)).toEqual([])
  })

  it('sends every detail that there is, each part of it short', () => {
    const long = { field: 'f'.repeat(999), problem: 'p'.repeat(999) }
    expect(answers.of(new ServiceError('validation_failed', { details: [long] }), 'id').body.error.details).toEqual([
      { field: 'f'.repeat(100), problem: 'p'.repeat(200) },
    ])
  })

  it('has an answer for everything unknown even where the registry has none', () => {
    const bare = new ErrorAnswers({ conflict: kitErrors.conflict })
    expect(bare.of(new ServiceError('gone'), 'id')).toMatchObject({
      status: 500,
      body: { error: { code: 'internal' } },
    })
    expect(
      new ErrorAnswers({ ...kitErrors, internal: { ...kitErrors.internal, message: 'Ours.' } }).of(
        new ServiceError('gone'),
        'id',
      ).body.error.message,
    ).toBe('Ours.')
    expect(new ErrorAnswers(kitErrors, '///').help('internal')).toBe('/errors/internal')
  })

  it('sends the same bytes prepared and made on the spot', () => {
    for (const code of Object.keys(kitErrors)) {
      for (const accept of [undefined, 'application/problem+json']) {
        const answer = answers.of(new ServiceError(code), '0b1c', accept)
        expect(answer.payload).toBe(JSON.stringify(accept ? answer.problem : answer.body))
      }
    }
  })

  it('answers RFC 9457 to who prefers it', () => {
    const error = new ServiceError('conflict', { message: 'Version 3 is newer.' })
    const answer = answers.of(error, 'id', 'application/problem+json')
    expect(answer).toMatchObject({ status: 409, contentType: 'application/problem+json; charset=utf-8' })
    expect(JSON.parse(answer.payload)).toEqual({
      type: 'https://api.test/errors/conflict',
      title: kitErrors.conflict.message,
      status: 409,
      detail: 'Version 3 is newer.',
      code: 'conflict',
      details: [],
      request_id: 'id',
    })
  })

  it('adds headers that an error needs, and none that would break the answer', () => {
    const headers = {
      Allow: 'GET',
      'content-length': '1',
      'retry-after': '9999',
      'bad name': 'x',
      'x-split': 'a\r\nset-cookie: a=b',
      'www-authenticate': 'DPoP',
    }
    expect(answers.of(new ServiceError('method_not_allowed', { headers }), 'id').headers).toEqual({
      'cache-control': 'no-store',
      allow: 'GET',
      'www-authenticate': 'DPoP',
    })
    expect(answers.of(new ServiceError('unauthenticated'), 'id').headers['www-authenticate']).toBe('Bearer')
  })

  it('keeps a strange request id inside its string, and short', () => {
    const { payload } = answers.of(new ServiceError('internal'), `"},{"${'x'.repeat(500)}`)
    const parsed = JSON.parse(payload) as { error: { request_id: string } }
    expect(parsed.error.request_id).toHaveLength(128)
    expect(answers.of(new ServiceError('internal'), undefined as never).body.error.request_id).toBe('')
  })
})

describe('ServiceError', () => {
  it('has a stack unless it is told not to, and leaves the next error its own', () => {
    const bare = new ServiceError('overloaded', { stack: false })
    expect(bare.stack).not.toMatch(/\n/)
    expect(new ServiceError('overloaded').stack).toContain('errors.test.ts')
    expect(new Error('x').stack).toContain('errors.test.ts')
  })
})

describe('errorsReference', () => {
  it('has a row for every code and a sentence for every reaction, the same each time', () => {
    const registry = defineErrors({ taken_name: { ...entry, message: 'a | b' } })
    const page = errorsReference(registry, 'Codes')
    const rows = [...page.matchAll(/^\| `([a-z0-9_]+)` \| (\d{3}) /gm)].map(
      (match) => [match[1] ?? '', Number(match[2])] as const,
    )
    expect(rows.map(([code]) => code).toSorted()).toEqual(Object.keys(registry).toSorted())
    expect(rows.map(([, status]) => status)).toEqual(rows.map(([, status]) => status).toSorted((a, b) => a - b))
    expect(page).toContain('a \\| b')
    expect(page).toBe(errorsReference(registry, 'Codes'))
    for (const name of ['crash', 'fallback', 'end_session', 'last_published', 'open_breaker', 'answer', 'alert'])
      expect(page).toContain(`\n| \`${name}\` |`)
  })
})
