/**
 * Goal: an observation loses its secrets and nothing else.
 * Method: real values, the names that every object has included.
 */
import { expect, test } from 'vitest'
import type { Json } from '@greengate/contracts'
import { createRedactor } from './redact.ts'

test('keeps every key, also one that every object has, and masks what is below it', () => {
  const redactor = createRedactor(['a-secret-value'])
  const observed = JSON.parse('{"__proto__":{"said":"a-secret-value"},"constructor":["x"],"toString":1}') as Json
  expect(JSON.stringify(redactor.redact(observed))).toBe(
    '{"__proto__":{"said":"[redacted]"},"constructor":["x"],"toString":1}',
  )
})
