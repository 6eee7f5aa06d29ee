/** Goal: each class has the reaction that ERR-05 to ERR-09 and ERR-11 ask for. Method: every class, code and way in. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ConfigError } from '../config/config-error.ts'
import {
  AuthError,
  classifyError,
  classReactions,
  ConflictError,
  ContentError,
  DatabaseTimeoutError,
  defineErrors,
  ErrorAnswers,
  errorClasses,
  InternalError,
  kitErrors,
  NetworkError,
  NotFoundError,
  RateLimitError,
  type Reaction,
  reactionOf,
  reactions,
  ServiceError,
  ValidationError,
} from './index.ts'

const byClass = [
  [NetworkError, 'Network', 'upstream_unavailable', 'fallback'],
  [AuthError, 'Auth', 'unauthenticated', 'end_session'],
  [ContentError, 'Content', 'content_unavailable', 'last_published'],
  [DatabaseTimeoutError, 'DatabaseTimeout', 'database_timeout', 'open_breaker'],
  [ValidationError, 'Validation', 'validation_failed', 'answer'],
  [RateLimitError, 'RateLimit', 'rate_limited', 'answer'],
  [ConflictError, 'Conflict', 'conflict', 'answer'],
  [NotFoundError, 'NotFound', 'not_found', 'answer'],
  [InternalError, 'Internal', 'internal', 'alert'],
] as const

describe('error classes', () => {
  it.each(byClass)('%o is %s: %s, and asks for %s', (Class, errorClass, code, reaction) => {
    const cause = new Error('why')
    const error: ServiceError = new Class({ cause, message: 'For callers.' })
    expect(error).toBeInstanceOf(ServiceError)
    expect(error).toMatchObject({ errorClass, code, cause, publicMessage: 'For callers.', name: `${errorClass}Error` })
    expect(reactionOf(error)).toBe(reaction)
    expect(kitErrors[code].class).toBe(errorClass)
    expect(classifyError(error)).toBe(error)
  })

  it('covers every class there is; Config is the error of the configuration', () => {
    expect([...byClass.map(([, name]) => name), 'Config'].toSorted()).toEqual([...errorClasses].toSorted())
    expect(reactionOf(new ConfigError([{ variable: 'A', problem: 'is missing' }]))).toBe('crash')
  })

  it('takes another code of its class, and is answered by the registry', () => {
    const error = new NetworkError({ code: 'upstream_timeout' })
    expect(new ErrorAnswers(kitErrors).of(error, 'id')).toMatchObject({ status: 504, headers: { 'retry-after': '5' } })
  })

  it('says of a validator which field is wrong', () => {
    const result = z.object({ items: z.array(z.object({ n: z.int() })) }).safeParse({ items: [{ n: 'x' }] })
    const error = ValidationError.of('body', result.error?.issues ?? [])
    expect(error.code).toBe('validation_failed')
    expect(error.details).toEqual([{ field: 'body.items.0.n', problem: expect.stringContaining('expected') }])
    const many = Array.from({ length: 99 }, () => ({ path: ['x'.repeat(999)], message: 'y'.repeat(999) }))
    expect(JSON.stringify(ValidationError.of('body', many).details).length).toBeLessThan(7000)
  })
})

describe('reactionOf', () => {
  const own = (change: object) => {
    const usual = { class: 'Auth', status: 401, retriable: false, retryAfterS: null, message: 'm', fix: 'f' } as const
    return defineErrors({ own_code: { ...usual, ...change } })
  }
  it.each<[unknown, Reaction]>([
    [new ServiceError('forbidden'), 'answer'],
    [new ServiceError('csrf_refused'), 'answer'],
    [new ServiceError('overloaded'), 'answer'],
    [Object.assign(new Error('x'), { code: '57014' }), 'open_breaker'],
    [Object.assign(new Error('x'), { code: 'UND_ERR_SOCKET' }), 'fallback'],
    [new TypeError('x'), 'alert'],
    [new ServiceError('not_registered'), 'alert'],
    [new NetworkError({ code: 'not_registered' }), 'fallback'],
    [null, 'alert'],
  ])('%# asks for %s', (error, reaction) => expect(reactionOf(error)).toBe(reaction))

  it('is not thrown off by what is thrown', () => {
    const get = () => {
      throw new Error('hostile')
    }
    expect(reactionOf(new Proxy({}, { get }))).toBe('alert')
  })

  it("follows a service's registry: its code's own reaction, then its class, and no session ends over a 403", () => {
    const error = new ServiceError('own_code')
    expect(reactionOf(error, own({}))).toBe('end_session')
    expect(reactionOf(error, own({ status: 403 }))).toBe('answer')
    expect(reactionOf(error, own({ reaction: 'alert' }))).toBe('alert')
    expect(reactionOf(error, own({ class: 'Content', status: 503 }))).toBe('last_published')
  })

  it('explains every reaction', () => {
    for (const reaction of Object.values(classReactions)) expect(reactions[reaction].length).toBeGreaterThan(20)
  })
})
