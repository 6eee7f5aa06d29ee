/** Goal: a fault hits the calls it was planned for and no others. Method: counts, a fake clock, aborts. */
import { describe, expect, it } from 'vitest'
import { FakeClock, faulty } from './index.ts'

const double = (n: number, _options?: { signal?: AbortSignal }) => n * 2

describe('faulty', () => {
  it('hits the calls that were named and leaves the others alone', async () => {
    const work = faulty(double, { calls: [2, 4], error: new Error('planned') })
    const results = []
    for (let i = 1; i <= 5; i += 1) results.push(await work(i).catch(() => 'failed'))
    expect(results).toEqual([2, 'failed', 6, 'failed', 10])
    expect([work.calls, work.hits]).toEqual([5, 2])
  })

  it('hits the same seeded part in every run', async () => {
    const run = async (seed: number) => {
      const work = faulty(double, { ratio: 0.3, seed, error: () => new Error('new each time') })
      return Promise.all(Array.from({ length: 200 }, (_, i) => work(i).then(String, () => 'x')))
    }
    const [first, again, other] = [await run(5), await run(5), await run(6)]
    expect(first).toEqual(again)
    expect(first).not.toEqual(other)
    const failed = first.filter((one) => one === 'x').length
    expect(failed).toBeGreaterThan(35)
    expect(failed).toBeLessThan(85)
  })

  it('waits on the clock it was given', async () => {
    const clock = new FakeClock()
    const work = faulty(double, { latencyMs: 5000, sleep: clock.sleep })
    const begun = clock.nowMs()
    await expect(clock.settle(work(1))).resolves.toBe(2)
    expect(clock.nowMs() - begun).toBe(5000)
    await expect(faulty(double, { latencyMs: 1 })(2)).resolves.toBe(4)
  })

  it('hangs until it is released or aborted', async () => {
    const work = faulty(double, { hang: true })
    const controller = new AbortController()
    const [released, aborted] = [work(1), work(2, { signal: controller.signal })]
    expect(work.hanging).toBe(2)
    controller.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
    await expect(work(3, { signal: controller.signal })).rejects.toThrow('enough')
    work.release()
    await expect(released).resolves.toBe(2)
    expect(work.hanging).toBe(0)
  })

  it('heals, and takes another plan that counts from one', async () => {
    const work = faulty(double, { error: new Error('always') })
    await expect(work(1)).rejects.toThrow('always')
    work.heal()
    await expect(work(1)).resolves.toBe(2)
    work.plan({ calls: (call) => call === 1, error: 'a string' })
    await expect(work(1)).rejects.toBe('a string')
    await expect(work(1)).resolves.toBe(2)
  })

  it('does not wait where no latency was planned', async () => {
    const slept: number[] = []
    const sleep = async (ms: number) => void slept.push(ms)
    await faulty(double, { sleep })(1)
    await faulty(double, { sleep, latencyMs: 0 })(1)
    await faulty(double, { sleep, latencyMs: 1 })(1)
    expect(slept).toEqual([1])
  })

  it('refuses plans that make no sense', () => {
    expect(() => faulty(double, { ratio: 2 })).toThrow(RangeError)
    expect(() => faulty(double, { latencyMs: -1 })).toThrow(RangeError)
    expect(() => faulty(double, { ratio: 0, latencyMs: 0 })).not.toThrow()
  })
})
