import { describe, expect, test } from 'vitest'
import { at, EvidenceError } from './errors.ts'

function caught(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return 'nothing'
}

describe('an error about evidence', () => {
  test('says its name, code and message, and nothing that it was not given', () => {
    const error = new EvidenceError('NOT_JSON', 'It is not JSON.')
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'EvidenceError', code: 'NOT_JSON', message: 'It is not JSON.', where: '' })
    expect('cause' in error).toBe(false)
  })

  test('says where, and what it comes from', () => {
    const cause = new Error('inner')
    const error = new EvidenceError('NOT_JSON', 'It is not JSON.', { where: 'bundle.json', cause })
    expect(error.where).toBe('bundle.json')
    expect(error.cause).toBe(cause)
  })
})

describe('the place of an error', () => {
  test('is added where it has none, with the error that had none', () => {
    const inner = new EvidenceError('TOO_LARGE', 'It is too large.')
    const error = caught(() =>
      at('blobs/1', () => {
        throw inner
      }),
    )
    expect(error).toBeInstanceOf(EvidenceError)
    expect(error).toMatchObject({ code: 'TOO_LARGE', message: 'It is too large.', where: 'blobs/1', cause: inner })
  })

  test.each([
    ['an error that has one', new EvidenceError('TOO_LARGE', 'It is too large.', { where: 'payload' })],
    ['an error that is not about evidence', new Error('a defect')],
    ['one that only looks as if it was', Object.assign(new Error('a defect'), { where: '' })],
  ])('is not added to %s', (_name, error) => {
    expect(
      caught(() =>
        at('blobs/1', () => {
          throw error
        }),
      ),
    ).toBe(error)
  })

  test('does not matter where nothing goes wrong', () => {
    expect(at('blobs/1', () => 7)).toBe(7)
  })
})
