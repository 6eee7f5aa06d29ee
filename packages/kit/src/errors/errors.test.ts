import { describe, expect, it } from 'vitest'
import { classifyError, databaseErrorCode, defineErrors, ErrorAnswers, kitErrors, ServiceError } from './index.ts'

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
  it('has the documented delays', () => {
    expect([
      kitErrors.rate_limited.retryAfterS,
      kitErrors.internal.retryAfterS,
      kitErrors.database_timeout.retryAfterS,
    ]).toEqual([60, 30, 5])
  })
})

describe('classifyError', () => {
  it.each([
    [{ code: 'FST_ERR_CTP_BODY_TOO_LARGE' }, 'body_too_large'],
    [{ code: 'HPE_HEADER_OVERFLOW' }, 'headers_too_large'],
    [{ statusCode: 400 }, 'malformed_request'],
    [{ code: '57014' }, 'database_timeout'],
    [{ message: 'Query read timeout' }, 'database_timeout'],
    [{ code: 'ECONNREFUSED' }, 'database_unavailable'],
    [{ code: '08006' }, 'database_unavailable'],
    [{ message: 'Connection terminated unexpectedly' }, 'database_unavailable'],
    [{ code: '23505' }, 'internal'],
    [new TypeError('x'), 'internal'],
    ['text', 'internal'],
    [undefined, 'internal'],
  ])('makes %j a %s', (thrown, code) => expect(classifyError(thrown).code).toBe(code))

  it('leaves service errors alone', () => {
    const error = new ServiceError('conflict')
    expect(classifyError(error)).toBe(error)
    expect(databaseErrorCode(error)).toBeNull()
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
    const details = Array.from({ length: 50 }, (_, i) => ({ field: String(i), problem: 'x' }))
    expect(answers.of(new ServiceError('validation_failed', { details }), 'id').body.error.details).toHaveLength(20)
    expect(answers.describe('constructor')).toBeNull()
    expect(Object.keys(answers.describeAll().codes)).toEqual(Object.keys(kitErrors))
  })
})
