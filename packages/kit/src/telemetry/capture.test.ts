import { describe, expect, it } from 'vitest'
import { captureLogs, captureSpans } from './capture.ts'

describe('captureLogs', () => {
  it('keeps everything that is logged, readable by event', () => {
    const logs = captureLogs({ service: 'orders', level: 'info' })
    logs.logger.log('debug', 'quiet')
    logs.logger.log('info', 'first', { n: 1 })
    logs.logger.child({ tenant: 't' }).log('warn', 'second')
    expect(logs.records().map((record) => record['event'])).toEqual(['first', 'second'])
    expect(logs.of('second')).toMatchObject([{ service: 'orders', tenant: 't' }])
    logs.clear()
    expect(logs.lines).toEqual([])
  })
})

describe('captureSpans', () => {
  it('keeps what ends, and can record nothing', async () => {
    const capture = captureSpans()
    capture.tracing.begin(undefined).end({ method: 'GET', route: '/', status: 200 })
    expect(capture.spans.map((span) => span.name)).toEqual(['GET /'])
    capture.clear()
    await capture.tracing.flush()
    await capture.tracing.close()
    expect(capture.spans).toEqual([])
    expect(captureSpans(0).tracing.begin(undefined).recording).toBe(false)
  })
})
