import { describe, expect, it } from 'vitest'
import { correlationId, Logger, Metrics, Redactor } from './index.ts'

const id = (headers: Record<string, string | string[]>) => correlationId(headers, () => 'made')

describe('correlationId', () => {
  it('takes over what is well formed', () => {
    expect(id({ 'x-request-id': 'abc-DEF_1.2' })).toBe('abc-DEF_1.2')
    expect(id({ 'x-correlation-id': 'preferred-1', 'x-request-id': 'second-one' })).toBe('preferred-1')
  })
  it.each(['short', 'a'.repeat(65), 'has space here', 'abc\ndefghi', '<script>alert</script>', 'a, b-second-value'])(
    'makes a new one for %j',
    (value) => expect(id({ 'x-request-id': value })).toBe('made'),
  )
  it('makes a UUID', () => expect(correlationId({})).toMatch(/^[0-9a-f-]{36}$/))
})

describe('Redactor', () => {
  const redactor = new Redactor(['hunter22', 'tiny', 'hunter22-longer'])
  it('hides by key, by value and by look, deep down and in errors with their causes', () => {
    const error = Object.assign(new Error('failed with hunter22'), {
      code: 'E1',
      cause: new Error('postgres://u:pw123@h/d'),
    })
    const text = JSON.stringify(
      redactor.value({
        a: { authorization: 'abc', userToken: 't', list: ['hunter22-longer', 'Bearer abcdefgh'] },
        error,
        plain: 'kept tiny',
        n: 1n,
        f: () => 1,
        d: new Date(0),
        nothing: null,
      }),
    )
    for (const secret of ['hunter22', 'abcdefgh', 'pw123', 'longer', '"t"']) expect(text).not.toContain(secret)
    expect(text).toContain('kept tiny')
    expect(text).toContain('1970-01-01')
  })
  it('bounds depth, items and text, and survives a cycle', () => {
    const cycle: Record<string, unknown> = {
      long: 'x'.repeat(10_000),
      many: Array.from({ length: 500 }, (_, i) => i),
      bad: new Date(Number.NaN),
    }
    cycle['self'] = cycle
    expect(JSON.stringify(redactor.value(cycle)).length).toBeLessThan(40_000)
  })
})

describe('Logger', () => {
  it('writes one JSON line with every field, above its level', () => {
    const lines: string[] = []
    const logger = new Logger({ service: 's', write: (line) => lines.push(line), nowMs: () => 0 })
    logger.log('debug', 'hidden')
    logger.log('info', 'shown', { correlation_id: 'c', text: 'a\nb' })
    expect(lines).toHaveLength(1)
    expect(lines[0]?.split('\n')).toHaveLength(2)
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      level: 'info',
      event: 'shown',
      service: 's',
      correlation_id: 'c',
      actor: 'system',
      duration_ms: 0,
      text: 'a\nb',
    })
  })
})

describe('Metrics', () => {
  it('counts under the standard names and lets no caller make series', async () => {
    const metrics = new Metrics()
    metrics.started()
    metrics.ended('GET', '/a', 200, 12)
    metrics.ended('WEIRD1', '', 404, 1)
    metrics.ended('WEIRD2', '', 404, 1)
    const text = await metrics.text()
    expect(text).toContain('http_requests_total{method="GET",route="/a",status="200"} 1')
    expect(text).toContain('http_requests_total{method="other",route="unmatched",status="404"} 2')
    expect(text).toContain('http_request_duration_seconds_bucket')
    expect(text).toContain('process_cpu_seconds_total')
    expect(metrics.contentType).toContain('text/plain')
  })
})
