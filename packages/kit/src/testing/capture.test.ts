/** Goal: what tests of a service need of logs and spans is in this room as well. */
import { describe, expect, it } from 'vitest'
import { captureLogs, captureSpans } from './index.ts'

describe('captures', () => {
  it('keep what is logged, and begin without spans', () => {
    const logs = captureLogs()
    logs.logger.log('info', 'charged', { cents: 5 })
    expect(logs.of('charged')).toEqual([expect.objectContaining({ level: 'info', cents: 5 })])
    expect(captureSpans().spans).toEqual([])
  })
})
