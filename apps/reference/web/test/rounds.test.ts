// Goal: work that is done over and over never runs twice at once, is done less often while it fails, and ends when told.
// Method: time that moves only when the test says so.
import { FakeClock } from '@greengate/kit/testing'
import { describe, expect, it } from 'vitest'
import { Rounds } from '../src/server/rounds.ts'

function rounds(round: (signal: AbortSignal) => Promise<void>) {
  const clock = new FakeClock()
  const startedMs = clock.nowMs()
  const atMs: number[] = []
  const failures: unknown[] = []
  const made = new Rounds({
    round: (signal) => {
      atMs.push(clock.nowMs() - startedMs)
      return round(signal)
    },
    onFailure: (error) => failures.push(error),
    firstMs: 500,
    everyMs: 10_000,
    pauseMaxMs: 30_000,
    clock,
  })
  return { made, clock, atMs, failures }
}

describe('rounds', () => {
  it('begin soon, and come again from the end of the one before', async () => {
    const { made, clock, atMs } = rounds(() => Promise.resolve())
    made.start()
    made.start()
    await clock.advance(20_500)
    expect(atMs).toEqual([500, 10_500, 20_500])
    await made.stop()
  })

  it('are never two at once, however long one takes', async () => {
    const first = Promise.withResolvers<void>()
    const { made, clock, atMs } = rounds(() => first.promise)
    made.start()
    await clock.advance(100_000)
    expect(atMs).toEqual([500])
    first.resolve()
    await clock.advance(10_000)
    expect(atMs.length).toBe(2)
    await made.stop()
  })

  it('come less often while they fail, and as before when they do not', async () => {
    let broken = true
    const { made, clock, atMs, failures } = rounds(() =>
      broken ? Promise.reject(new Error('down')) : Promise.resolve(),
    )
    made.start()
    await clock.advance(90_500)
    expect(atMs).toEqual([500, 10_500, 30_500, 60_500, 90_500])
    expect(failures.length).toBe(5)
    broken = false
    await clock.advance(50_000)
    expect(atMs.slice(5)).toEqual([120_500, 130_500, 140_500])
    await made.stop()
  })

  it('end when they are told to, also the one under way, which is no failure', async () => {
    const { made, clock, atMs, failures } = rounds(
      (signal) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(new Error('given up')), { once: true }),
        ),
    )
    made.start()
    await clock.advance(500)
    await made.stop()
    await clock.advance(100_000)
    expect([atMs, failures]).toEqual([[500], []])
    made.start()
    await clock.advance(100_000)
    expect(atMs.length).toBe(1)
  })
})
