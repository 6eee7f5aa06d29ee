import type { AnyCheck, CheckContext } from '@greengate/contracts'
import { createBeds } from '@greengate/runner'
import { describeCheck } from '@greengate/runner/testing'
import { describe, expect, it } from 'vitest'
import { judge, type Observation, type Params } from './judge.ts'
import { check } from './observe.ts'

describeCheck(check)

const LIVE_TIMEOUT_MS = 240_000
const PARAMS = judge.parseParams({ ...check.control.params }) as Params
const exit = (afterMs: number, code: number | null = 0) => ({ code, signal: code === null ? 'SIGTERM' : null, afterMs })
const LOAD = {
  requests: 130,
  before: { sent: 50, good: 50, failed: [] },
  after: { sent: 70, refused: 70, failed: [] },
  drainedAfterMs: 1500,
  exit: exit(1600),
}
const IDLE = { status: 200, announcedClose: false, connectionOpen: true, exit: exit(30) }
const seen = (change: { idle?: object; load?: object }): Observation => ({
  early: null,
  late: null,
  databaseWait: null,
  databaseObject: 'absent',
  idle: { ...IDLE, ...change.idle },
  load: { ...LOAD, ...change.load },
})
const verdict = (change: Parameters<typeof seen>[0], name: 'idle-exit' | 'exit-code' | 'load') => {
  const { outcome, code } = judge.judge(seen(change), PARAMS).aspects[name]
  return `${outcome} ${code}`
}

// Goal: a service that keeps no connection has none to wait for; its exit is looked at all the same.
describe('RES-10 without keep-alive', () => {
  const closed = { connectionOpen: false, announcedClose: true }

  it.each([
    ['one that exits', closed, 'pass ok'],
    ['one that does not', { ...closed, exit: null }, 'fail still-running'],
    ['one that does too late', { ...closed, exit: exit(PARAMS.idleExitMsMax + 1) }, 'fail still-running'],
    ['an error that ends its own connection', { ...closed, status: 404 }, 'inconclusive no-idle-connection'],
    ['no answer', { ...closed, status: 0 }, 'inconclusive no-idle-connection'],
    ['a connection that was closed unannounced', { connectionOpen: false }, 'inconclusive no-idle-connection'],
  ] as const)('%s', (_name, idle, expected) => {
    expect(verdict({ idle }, 'idle-exit')).toBe(expected)
  })

  it('is sound in every aspect, as the observer sees it', { timeout: LIVE_TIMEOUT_MS }, async () => {
    const beds = createBeds()
    const open = await beds.open(check as unknown as AnyCheck)
    try {
      const context = await open.bed.service(['no-keep-alive'])
      const { data } = await check.observe(context as CheckContext<Params>)
      expect([data.idle.connectionOpen, data.idle.announcedClose]).toEqual([false, true])
      expect(judge.judge(data, PARAMS).findings).toEqual([])
    } finally {
      await open.close()
      await beds.close()
    }
  })
})

// Goal: what real use leaves open is found, and a drain that takes its time is not.
describe('RES-10 under load', () => {
  it.each([
    ['an exit', {}, 'pass ok'],
    [
      'a late one, soon after the last answer',
      { drainedAfterMs: 9000, exit: exit(9000 + PARAMS.idleExitMsMax) },
      'pass ok',
    ],
    [
      'one that is late after the last answer',
      { drainedAfterMs: 1500, exit: exit(1501 + PARAMS.idleExitMsMax) },
      'fail still-running',
    ],
    ['none', { exit: null }, 'fail still-running'],
    ['none, and hardly any load', { exit: null, before: { sent: 0, good: 0, failed: [] } }, 'fail still-running'],
    ['an exit after hardly any load', { before: { sent: 50, good: 3, failed: [] } }, 'inconclusive no-load'],
    [
      'a 500 after SIGTERM',
      { after: { sent: 70, refused: 69, failed: [{ status: 500, error: '', atMs: 900 }] } },
      'fail request-failed',
    ],
    [
      'a request that was dropped after SIGTERM',
      { after: { sent: 70, refused: 69, failed: [{ status: 0, error: 'ECONNRESET', atMs: 900 }] } },
      'fail request-dropped',
    ],
  ] as const)('%s', (_name, load, expected) => {
    expect(verdict({ load: structuredClone(load) }, 'load')).toBe(expected)
  })

  it.each([
    [0, 'pass ok'],
    [143, 'pass ok'],
    [1, 'fail wrong-exit-code'],
    [null, 'fail ended-by-signal'],
  ] as const)('exit code %s', (code, expected) => {
    expect(verdict({ load: { exit: exit(1600, code) } }, 'exit-code')).toBe(expected)
  })
})
