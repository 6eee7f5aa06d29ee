import { describe, expect, it } from 'vitest'
import { isErrorSample, isServerErrorSample, parseMetrics } from './metrics-text.ts'

describe('parseMetrics', () => {
  it('reads samples with labels, escapes, timestamps and special values', () => {
    const text = '# HELP a Text.\n# TYPE a counter\na{x="1",y="q\\"u,o}te"} 3 1700000000000\na{x="2"} +Inf\nb NaN\n'
    const { samples, problems, types } = parseMetrics(text, false)
    expect(problems).toEqual([])
    expect(types.get('a')).toBe('counter')
    expect(samples.map((sample) => sample.name)).toEqual(['a', 'a', 'b'])
    expect(samples[0]).toEqual({ name: 'a', labels: { x: '1', y: 'q"u,o}te' }, value: 3 })
  })

  it.each([
    ['a word for a value', 'a twelve\n'],
    ['labels that do not end', 'a{x="1" 3\n'],
    ['a series twice', 'a{x="1"} 1\na{x="1"} 2\n'],
    ['no line feed at the end', 'a 1'],
    ['an unknown type', '# TYPE a thing\na 1\n'],
  ])('refuses %s', (_, text) => {
    expect(parseMetrics(text, false).problems.length).toBeGreaterThan(0)
  })

  it('asks OpenMetrics for its end', () => {
    expect(parseMetrics('a 1\n', true).problems).toHaveLength(1)
    expect(parseMetrics('a 1\n# EOF\n', true).problems).toEqual([])
  })

  it('knows errors by their labels', () => {
    expect(isErrorSample({ name: 'a', labels: { status_code: '503' }, value: 1 })).toBe(true)
    expect(isErrorSample({ name: 'a', labels: { status: '200' }, value: 1 })).toBe(false)
  })

  it.each([
    [{ status: '503' }, true],
    [{ code: '5xx' }, true],
    [{ outcome: 'SERVER_ERROR' }, true],
    [{ status: '404' }, false],
    [{ outcome: 'CLIENT_ERROR' }, false],
    [{ le: '500' }, false],
  ])('knows errors of the server by their labels: %o', (labels, expected) => {
    expect(isServerErrorSample({ name: 'a', labels, value: 1 })).toBe(expected)
  })
})
