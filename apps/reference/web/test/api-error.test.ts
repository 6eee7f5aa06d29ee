// Goal: whatever a server answers becomes an error that a page can show. Method: answers of ours, of proxies, and of nobody.
import { describe, expect, it } from 'vitest'
import { ApiError, errorOfAnswer } from '../src/client/api-error.ts'

const none = new Headers()

describe('the error of an answer', () => {
  it('is the one of the envelope', () => {
    const error = errorOfAnswer(422, new Headers({ 'retry-after': '7' }), {
      error: {
        code: 'validation_failed',
        message: 'What was sent is not right.',
        details: [
          { field: 'body.email', problem: 'is no address' },
          { field: 'body.organisation.slug', problem: 'is taken' },
        ],
        request_id: 'r-1',
      },
    })
    expect(error).toMatchObject({
      code: 'validation_failed',
      status: 422,
      message: 'What was sent is not right.',
      requestId: 'r-1',
      retryAfterS: 7,
      problems: [
        { field: 'email', problem: 'is no address' },
        { field: 'organisation.slug', problem: 'is taken' },
      ],
    })
  })

  it.each([
    undefined,
    null,
    'text',
    [],
    { error: 'text' },
    { error: { code: 7, details: 'x' } },
    { error: { details: [7, null] } },
  ])('is one that can be shown when the body is %j', (body) => {
    const error = errorOfAnswer(502, none, body)
    expect(error).toMatchObject({ code: 'http_502', status: 502, problems: [], requestId: null, retryAfterS: null })
    expect(error.message.length).toBeGreaterThan(10)
  })

  it('takes the request id of the head when the body has none', () => {
    expect(errorOfAnswer(503, new Headers({ 'x-request-id': 'r-2' }), '').requestId).toBe('r-2')
  })

  it('says whether to try again', () => {
    expect(new ApiError('offline', 'x').isTransient).toBe(true)
    expect(errorOfAnswer(503, none, {}).isTransient).toBe(true)
    expect(errorOfAnswer(429, none, {}).isTransient).toBe(true)
    expect(errorOfAnswer(409, none, {}).isTransient).toBe(false)
    expect(errorOfAnswer(500, none, {}).isTransient).toBe(false)
  })
})
