// Goal: current values when they can be had, the last ones when not, nothing unbounded, and one fetch for everybody.
// Method: a fake clock and a source whose answers and failures the test decides; fetches are counted.
import { describe, expect, it } from 'vitest'
import { currentRequest, runInRequest } from '../context/index.ts'
import { FakeClock } from '../testing/index.ts'
import { Deadline, KnownGoodCache, type KnownGoodCacheOptions, NothingKnownError } from './index.ts'

function subject(options: Partial<KnownGoodCacheOptions<string, string>> = {}) {
  const clock = new FakeClock()
  const source = { calls: 0, answer: 'v1' as string | Error | Promise<string> }
  const answers: string[] = []
  const cache = new KnownGoodCache<string, string>({
    load: (key) => {
      source.calls += 1
      if (source.answer instanceof Error) return Promise.reject(source.answer)
      return Promise.resolve(source.answer).then((value) => `${key} ${value}`)
    },
    freshMs: 1000,
    jitter: 0,
    clock,
    random: () => 0.5,
    onAnswer: (kind) => answers.push(kind),
    ...options,
  })
  return { cache, clock, source, answers }
}

describe('KnownGoodCache', () => {
  it('fetches once for all callers of a key, and not again while it is fresh', async () => {
    const { cache, clock, source, answers } = subject()
    const all = await Promise.all([cache.get('a'), cache.get('a'), cache.get('b')])
    expect(all.map(({ value }) => value)).toEqual(['a v1', 'a v1', 'b v1'])
    await clock.advance(999)
    expect(await cache.get('a')).toEqual({ value: 'a v1', isFallback: false, ageMs: 999 })
    expect(source.calls).toBe(2)
    await clock.advance(1)
    source.answer = 'v2'
    expect(await cache.get('a')).toEqual({ value: 'a v2', isFallback: false, ageMs: 0 })
    expect(answers).toEqual(['fetched', 'fetched', 'fetched', 'hit', 'fetched'])
  })

  it('answers the last value, marked, when the source fails, and leaves the source alone for a while', async () => {
    const failures: unknown[] = []
    const { cache, clock, source } = subject({ onFailure: (error, key) => failures.push([key, error]) })
    await cache.get('a')
    await clock.advance(2000)
    source.answer = new Error('down')
    expect(await cache.get('a')).toEqual({ value: 'a v1', isFallback: true, ageMs: 2000 })
    await clock.advance(999)
    expect(await cache.get('a')).toMatchObject({ isFallback: true })
    expect([source.calls, failures]).toEqual([2, [['a', source.answer]]])
    await clock.advance(1)
    source.answer = 'v2'
    expect(await cache.get('a')).toEqual({ value: 'a v2', isFallback: false, ageMs: 0 })
  })

  it('says so when there is nothing to answer, remembers that for a while, and answers nothing too old', async () => {
    const { cache, clock, source, answers } = subject({ staleMaxMs: 5000 })
    source.answer = new Error('down')
    for (let i = 0; i < 5; i += 1) {
      const error: unknown = await cache.get('a').catch((caught: unknown) => caught)
      expect(error).toBeInstanceOf(NothingKnownError)
      expect(error).toMatchObject({ code: 'nothing_known', cause: { message: 'down' }, retryAfterMs: 1000 })
    }
    expect([source.calls, answers.every((kind) => kind === 'missed')]).toEqual([1, true])
    await clock.advance(1000)
    source.answer = 'v1'
    await cache.get('a')
    source.answer = new Error('down again')
    await clock.advance(5000)
    expect(await cache.get('a')).toMatchObject({ isFallback: true, ageMs: 5000 })
    await clock.advance(1)
    await expect(cache.get('a')).rejects.toBeInstanceOf(NothingKnownError)
  })

  it('answers at once and fetches behind the back of the caller, where that is wanted', async () => {
    const { cache, clock, source } = subject({ revalidateMs: 10_000 })
    await cache.get('a')
    await clock.advance(1500)
    let release: (value: string) => void = () => {}
    source.answer = new Promise((resolve) => (release = resolve))
    expect(await cache.get('a')).toEqual({ value: 'a v1', isFallback: true, ageMs: 1500 })
    expect(await cache.get('a')).toMatchObject({ value: 'a v1' })
    expect(source.calls).toBe(2)
    release('v2')
    await clock.flush()
    expect(await cache.get('a')).toEqual({ value: 'a v2', isFallback: false, ageMs: 0 })
    await clock.advance(11_001)
    source.answer = 'v3'
    expect(await cache.get('a')).toMatchObject({ value: 'a v3', isFallback: false })
  })

  it('is not held by a source that says nothing', async () => {
    let given: AbortSignal | undefined
    const { cache, clock } = subject({
      load: (_, signal) => {
        given = signal
        return new Promise(() => {})
      },
    })
    await expect(clock.settle(cache.get('a'))).rejects.toMatchObject({ cause: { message: 'no answer within 500 ms' } })
    expect([given?.aborted, clock.pending]).toEqual([true, 0])
  })

  it('keeps so many keys, the least recently used one gives way, and starts so many fetches', async () => {
    const { cache, source } = subject({ entriesMax: 2, loadsMax: 1 })
    await cache.get('a')
    await cache.get('b')
    await cache.get('a')
    await cache.get('c')
    expect([cache.size, cache.peek('b'), cache.peek('a')?.value]).toEqual([2, null, 'a v1'])
    source.answer = new Promise(() => {})
    void cache.get('d').catch(() => {})
    await expect(cache.get('e')).rejects.toMatchObject({ cause: { message: expect.stringContaining('under way') } })
    cache.delete('c')
    cache.clear()
    expect(cache.size).toBe(0)
  })

  it('spreads by chance when what was filled at once is fetched again', async () => {
    const { cache, clock, source } = subject({ jitter: 0.4 })
    await cache.get('a')
    await clock.advance(799)
    await cache.get('a')
    expect(source.calls).toBe(1)
    await clock.advance(1)
    await cache.get('a')
    expect(source.calls).toBe(2)
    expect(cache.peek('a')).toEqual({ value: 'a v1', isFallback: false, ageMs: 0 })
  })

  it('fetches for all: not for the deadline of the one who came first', async () => {
    const seen: unknown[] = []
    const { cache } = subject({
      load: async () => {
        seen.push(currentRequest()?.correlationId, currentRequest()?.deadline)
        return 'v'
      },
    })
    const context = { correlationId: 'first', trace: null, deadline: new Deadline(1000) }
    await runInRequest(context, () => cache.get('a'))
    expect(seen).toEqual(['first', null])
  })

  it('refuses bounds that are none', () => {
    const load = (): Promise<string> => Promise.resolve('')
    for (const wrong of [
      { entriesMax: 0 },
      { timeoutMs: 0 },
      { freshMs: -1 },
      { jitter: 2 },
      { staleMaxMs: Number.NaN },
      { loadsMax: 0 },
    ])
      expect(() => new KnownGoodCache({ load, ...wrong })).toThrow(RangeError)
  })
})
