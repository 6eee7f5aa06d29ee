/**
 * Goal: the fake clock orders timers as Node does, lets promises run between them, and never waits.
 * Method: logs of what ran when; the whole file must take no real time worth naming.
 */
import { setTimeout as realSleep } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FakeClock, seededRandom } from './index.ts'

describe('FakeClock', () => {
  it('fires in order of time, then of creation, each at its moment', async () => {
    const clock = new FakeClock({ monotonicMs: 0 })
    const log: string[] = []
    const note = (name: string) => () => void log.push(`${name}@${clock.nowMs()}`)
    clock.setTimeout(note('late'), 20)
    clock.setTimeout(note('a'), 10)
    clock.setTimeout(note('b'), 10)
    const every = clock.setInterval(note('every'), 8)
    await clock.advance(19)
    expect(log).toEqual(['every@8', 'a@10', 'b@10', 'every@16'])
    clock.clearInterval(every)
    await clock.advance(1)
    expect(log.at(-1)).toBe('late@20')
    expect(clock.pending).toBe(0)
  })

  it('lets what waits for a timer run, and make timers of its own, before the next one', async () => {
    const clock = new FakeClock({ monotonicMs: 0 })
    const log: number[] = []
    const work = (async () => {
      for (let i = 0; i < 3; i += 1) {
        await clock.sleep(10)
        await Promise.resolve()
        log.push(clock.nowMs())
      }
    })()
    await clock.advance(30)
    await work
    expect(log).toEqual([10, 20, 30])
  })

  it('keeps wall and monotonic time together until the wall clock is set', async () => {
    const clock = new FakeClock({ startMs: 5000, monotonicMs: 1 })
    await clock.advance(1.5)
    expect([clock.wallMs(), clock.nowMs(), clock.monotonicMs()]).toEqual([5001, 2.5, 2.5])
    clock.setWallMs(100)
    clock.advanceSync(10)
    expect([clock.wallMs(), clock.nowMs()]).toEqual([110, 12.5])
  })

  it('runs work to its end without waiting, however long it takes on the clock', async () => {
    const clock = new FakeClock()
    const begun = performance.now()
    await expect(clock.settle(clock.sleep(1_800_000).then(() => 'done'))).resolves.toBe('done')
    await expect(clock.settle(Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(performance.now() - begun).toBeLessThan(1000)
  })

  it('refuses to wait for what only real time could bring, and says so', async () => {
    const clock = new FakeClock()
    const real = new AbortController()
    await expect(clock.settle(realSleep(60_000, undefined, { signal: real.signal }))).rejects.toThrow(
      'waits for something real',
    )
    real.abort()
    clock.setInterval(() => {}, 1000)
    await expect(clock.settle(new Promise(() => {}), 5000)).rejects.toThrow('still pending after 5000 ms')
  })

  it('aborts a sleep at once and leaves no timer', async () => {
    const clock = new FakeClock()
    const controller = new AbortController()
    const sleeping = clock.sleep(10, controller.signal)
    controller.abort(new Error('gone'))
    await expect(sleeping).rejects.toThrow('gone')
    await expect(clock.sleep(10, controller.signal)).rejects.toThrow('gone')
    expect(clock.pending).toBe(0)
  })

  it('fires at the very moment, steps of nothing included, and hands arguments on', async () => {
    const clock = new FakeClock({ monotonicMs: 0 })
    const log: string[] = []
    clock.setTimeout((name: string, n: number) => log.push(`${name}${n}`), 10, 'a', 1)
    clock.setTimeout((name: string) => log.push(name), 20, 'b')
    clock.advanceSync(0)
    await clock.advance(0)
    clock.advanceSync(9)
    expect(log).toEqual([])
    clock.advanceSync(1)
    expect(log).toEqual(['a1'])
    await clock.advance(10)
    expect(log).toEqual(['a1', 'b'])
    expect([clock.nowMs(), clock.wallMs()]).toEqual([20, Date.UTC(2026, 0, 1) + 20])
    expect(clock.setTimeout(() => {}, 2 ** 31 - 1).hasRef()).toBe(false)
  })

  it('fires as many timers in a step as it allows, and not one more', async () => {
    const fine = new FakeClock({ firingsMax: 3 })
    fine.setInterval(() => {}, 1)
    await fine.advance(3)
    fine.advanceSync(3)
    await expect(fine.advance(4)).rejects.toThrow(RangeError)
    const spinning = new FakeClock({ firingsMax: 3 })
    spinning.setInterval(() => {}, 1)
    await expect(spinning.settle(new Promise(() => {}))).rejects.toThrow('spins')
  })

  it('makes timeout signals', async () => {
    const clock = new FakeClock()
    const signal = clock.timeoutSignal(100)
    await clock.advance(99)
    expect(signal.aborted).toBe(false)
    await clock.advance(1)
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' })
  })

  it('starts a timer over, and clears it when disposed of', async () => {
    const clock = new FakeClock()
    let fired = 0
    const timer = clock.setTimeout(() => (fired += 1), 10)
    await clock.advance(6)
    timer.refresh().unref().ref()
    await clock.advance(6)
    expect([fired, timer.hasRef(), clock.nextInMs]).toEqual([0, false, 4])
    timer[Symbol.dispose]()
    timer.refresh()
    clock.clearTimeout(timer)
    clock.clearTimeout(undefined)
    await clock.advance(100)
    expect([fired, clock.nextInMs]).toEqual([0, null])
  })

  it('refuses nonsense', async () => {
    const clock = new FakeClock({ firingsMax: 50, timersMax: 2 })
    expect(() => new FakeClock({ startMs: NaN })).toThrow(RangeError)
    expect(() => clock.setTimeout(() => {}, NaN)).toThrow(TypeError)
    expect(() => clock.setTimeout(() => {}, 2 ** 31)).toThrow('fire it at once')
    expect(() => clock.setTimeout('code' as never, 1)).toThrow(TypeError)
    expect(() => clock.setWallMs(Infinity)).toThrow(RangeError)
    expect(() => clock.advanceSync(-1)).toThrow(RangeError)
    await expect(clock.advance(-1)).rejects.toThrow(RangeError)
    clock.setInterval(() => {}, 1)
    await expect(clock.advance(1000)).rejects.toThrow('spins')
    expect(() => clock.advanceSync(1000)).toThrow('spins')
    clock.setTimeout(() => {}, 5)
    expect(() => clock.setTimeout(() => {}, 5)).toThrow('leaks')
  })

  it('throws what a timer throws, and refuses two steps at once', async () => {
    const clock = new FakeClock()
    clock.setTimeout(() => {
      throw new Error('from the timer')
    }, 1)
    await expect(clock.advance(1)).rejects.toThrow('from the timer')
    const first = clock.advance(1)
    await expect(clock.advance(1)).rejects.toThrow('being advanced already')
    await first
  })

  it('fires every timer exactly once and never early, whatever the delays and clears', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ ms: fc.integer({ min: 1, max: 500 }), clear: fc.boolean() }), { maxLength: 60 }),
        async (plan) => {
          const clock = new FakeClock({ monotonicMs: 0 })
          const fired: number[] = []
          const timers = plan.map(({ ms }) => clock.setTimeout(() => fired.push(clock.nowMs()), ms))
          for (const [index, { clear }] of plan.entries()) if (clear) clock.clearTimeout(timers[index])
          await clock.advance(500)
          const expected = plan.filter((one) => !one.clear).map((one) => one.ms)
          expect(fired).toEqual(expected.toSorted((a, b) => a - b))
        },
      ),
      { numRuns: 50 },
    )
  })
})

describe('seededRandom', () => {
  it('repeats itself for a seed, differs between seeds, and forks without disturbing', () => {
    const draw = (seed: number) => Array.from({ length: 5 }, seededRandom(seed).random)
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
    const [a, b] = [seededRandom(3), seededRandom(3)]
    expect(a.fork('x').random()).toBe(b.fork('x').random())
    expect(a.fork('x').random()).not.toBe(a.fork('y').random())
    expect(a.random()).toBe(b.random())
  })

  it('is even enough, and keeps to its bounds', () => {
    const random = seededRandom(11)
    const counts = [0, 0, 0, 0]
    for (let i = 0; i < 8000; i += 1) counts[random.int(0, 3)] = (counts[random.int(0, 3)] ?? 0) + 1
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(300)
    expect(['a', 'b']).toContain(random.pick(['a', 'b']))
    expect(random.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    for (let i = 0; i < 50; i += 1) expect(random.uuid()[19]).toMatch(/[89ab]/)
    expect(random.bytes(0)).toHaveLength(0)
    expect(random.bytes(1_048_576)).toHaveLength(1_048_576)
    expect(new Set(random.bytes(4000)).size).toBe(256)
    expect(seededRandom(5).bytes(1)[0]).toBe(Math.floor(seededRandom(5).random() * 256))
    expect(() => random.bytes(-1)).toThrow(RangeError)
    expect(() => random.bytes(0.5)).toThrow(RangeError)
    expect(() => random.pick([])).toThrow(RangeError)
    expect(() => random.bytes(2_000_000)).toThrow(RangeError)
    expect(() => random.int(2, 1)).toThrow(RangeError)
    expect(() => seededRandom(0.5)).toThrow(RangeError)
  })
})
