// Goal: every transition of the breaker, every refusal, and that no order of events lets a second probe through.
// Method: a fake clock and chosen randomness; a property over random sequences of events with a model of the probe.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../testing/index.ts'
import { BreakerOpenError, BreakerRegistry, type BreakerTransition, CircuitBreaker } from './index.ts'
import type { CircuitBreakerOptions } from './index.ts'

function subject(options: Partial<CircuitBreakerOptions> = {}) {
  const clock = new FakeClock()
  const transitions: BreakerTransition[] = []
  let chance = 0
  const breaker = new CircuitBreaker({
    name: 'rates',
    nowMs: clock.nowMs,
    random: () => chance,
    onTransition: (one) => transitions.push(one),
    ...options,
  })
  const fail = (times = 1): void => {
    for (let i = 0; i < times; i += 1) breaker.failed(breaker.enter())
  }
  const kinds = (): string => transitions.map(({ to }) => to.kind).join(' ')
  return { breaker, clock, fail, kinds, transitions, draw: (value: number) => (chance = value) }
}

const refusal = (breaker: CircuitBreaker): unknown => {
  try {
    breaker.enter()
  } catch (error) {
    return error
  }
  return null
}

describe('closed', () => {
  it('bears 3 failures in a row and opens at the 4th', () => {
    const { breaker, fail, transitions, clock } = subject()
    fail(3)
    expect(breaker.state).toEqual({ kind: 'closed', consecutiveFailures: 3 })
    fail()
    expect(breaker.state).toEqual({ kind: 'open', untilMs: clock.nowMs() + 5000 })
    expect(transitions).toMatchObject([{ dependency: 'rates', from: { kind: 'closed' }, atMs: clock.nowMs() }])
  })
  it('counts only failures in a row', () => {
    const { breaker, fail } = subject()
    for (let i = 0; i < 5; i += 1) {
      fail(3)
      breaker.succeeded(breaker.enter())
    }
    expect(breaker.state).toEqual({ kind: 'closed', consecutiveFailures: 0 })
  })
  it('bears as many as it is told', () => {
    const { breaker, fail } = subject({ failuresMax: 0 })
    fail()
    expect(breaker.state.kind).toBe('open')
  })
  it('takes no notice of a call that says nothing', () => {
    const { breaker } = subject({ failuresMax: 0 })
    breaker.abandoned(breaker.enter())
    expect(breaker.state).toEqual({ kind: 'closed', consecutiveFailures: 0 })
  })
})

describe('open', () => {
  it('refuses at once and says for how long', () => {
    const { breaker, fail, clock } = subject()
    fail(4)
    clock.advanceSync(1500)
    const error = refusal(breaker)
    expect(error).toBeInstanceOf(BreakerOpenError)
    expect(error).toMatchObject({ code: 'breaker_open', dependency: 'rates', retryAfterMs: 3500 })
  })
  it('is longer by chance, so that not everybody probes at once', () => {
    const { breaker, fail, clock, draw } = subject({ openMs: 1000, openJitter: 0.5 })
    draw(0.999)
    fail(4)
    expect(breaker.state).toEqual({ kind: 'open', untilMs: clock.nowMs() + 1499.5 })
  })
  it('is not changed by what was let through before', () => {
    const { breaker, fail } = subject()
    const early = breaker.enter()
    const other = breaker.enter()
    fail(4)
    const before = breaker.state
    breaker.succeeded(early)
    breaker.failed(other)
    expect(breaker.state).toEqual(before)
  })
  it('ends when something else has seen the dependency answer', () => {
    const { breaker, fail, kinds } = subject()
    fail(4)
    breaker.hint()
    breaker.enter()
    expect(kinds()).toBe('open half-open')
    breaker.hint()
    expect(breaker.state.kind).toBe('half-open')
  })
})

describe('half-open', () => {
  const probing = (options: Partial<CircuitBreakerOptions> = {}) => {
    const made = subject(options)
    made.fail(4)
    made.clock.advanceSync(5000)
    return { ...made, probe: made.breaker.enter() }
  }
  it('lets one through and refuses everybody else at once', () => {
    const { breaker, kinds } = probing()
    expect(kinds()).toBe('open half-open')
    for (let i = 0; i < 100; i += 1) expect(refusal(breaker)).toMatchObject({ retryAfterMs: 5000 })
  })
  it('opens again when the probe fails', () => {
    const { breaker, probe, kinds, clock } = probing()
    breaker.failed(probe)
    expect(kinds()).toBe('open half-open open')
    expect(refusal(breaker)).toMatchObject({ retryAfterMs: 5000 })
    clock.advanceSync(5000)
    breaker.enter()
    expect(kinds()).toBe('open half-open open half-open')
  })
  it('takes a probe that hangs for failed, and its late answer for nothing', () => {
    const { breaker, probe, kinds, clock } = probing({ probeTimeoutMs: 2000 })
    clock.advanceSync(1999)
    expect(breaker.state.kind).toBe('half-open')
    clock.advanceSync(1)
    expect(breaker.state).toEqual({ kind: 'open', untilMs: clock.nowMs() + 5000 })
    breaker.succeeded(probe)
    expect(breaker.state.kind).toBe('open')
    clock.advanceSync(5000)
    const second = breaker.enter()
    breaker.failed(probe)
    breaker.succeeded(second)
    expect(kinds()).toBe('open half-open open half-open recovering')
  })
  it('does not believe a success that came after the limit although nobody noticed', () => {
    const { breaker, probe, clock, kinds } = probing({ probeTimeoutMs: 2000 })
    clock.advanceSync(2500)
    breaker.succeeded(probe)
    expect(kinds()).toBe('open half-open open')
  })
  it('lets the next one probe at once when the probe was cancelled', () => {
    const { breaker, probe, kinds } = probing()
    breaker.abandoned(probe)
    breaker.enter()
    expect(kinds()).toBe('open half-open open half-open')
  })
})

describe('recovering', () => {
  const recovering = (options: Partial<CircuitBreakerOptions> = {}) => {
    const made = subject({ recoveryMs: 1000, recoveryShare: 0.2, recoverySuccesses: 4, ...options })
    made.fail(4)
    made.clock.advanceSync(5000)
    made.breaker.succeeded(made.breaker.enter())
    return made
  }
  it('lets a growing share through, and everything in the end', () => {
    const { breaker, clock, draw, kinds } = recovering()
    draw(0.19)
    breaker.enter()
    draw(0.2)
    expect(refusal(breaker)).toBeInstanceOf(BreakerOpenError)
    clock.advanceSync(500)
    draw(0.59)
    breaker.enter()
    draw(0.61)
    expect(refusal(breaker)).toMatchObject({ retryAfterMs: 500 })
    clock.advanceSync(500)
    draw(0.999)
    breaker.enter()
    expect(kinds()).toBe('open half-open recovering closed')
  })
  it('is over after so many successes', () => {
    const { breaker, draw } = recovering()
    draw(0)
    for (let i = 0; i < 3; i += 1) breaker.succeeded(breaker.enter())
    expect(breaker.state).toMatchObject({ kind: 'recovering', successes: 3 })
    draw(0.79)
    breaker.succeeded(breaker.enter())
    expect(breaker.state.kind).toBe('closed')
  })
  it('opens at the second failure in a row', () => {
    const { breaker, fail, kinds } = recovering()
    fail()
    breaker.succeeded(breaker.enter())
    fail()
    expect(breaker.state).toMatchObject({ kind: 'recovering', consecutiveFailures: 1 })
    fail()
    expect(kinds()).toBe('open half-open recovering open')
  })
  it('is left out where it lasts 0 ms', () => {
    expect(recovering({ recoveryMs: 0 }).kinds()).toBe('open half-open closed')
  })
})

describe('run', () => {
  it('counts what is a failure, passes results on, and refuses while open', async () => {
    const { breaker } = subject({ failuresMax: 1 })
    expect(await breaker.run(async () => 7)).toBe(7)
    const own = Object.assign(new Error('yours'), { statusCode: 404 })
    for (let i = 0; i < 5; i += 1)
      await expect(
        breaker.run(
          () => Promise.reject(own),
          (error) => error !== own,
        ),
      ).rejects.toBe(own)
    expect(breaker.state.kind).toBe('closed')
    for (let i = 0; i < 2; i += 1) await expect(breaker.run(() => Promise.reject(new Error('x')))).rejects.toThrow('x')
    let called = false
    await expect(breaker.run(async () => (called = true))).rejects.toBeInstanceOf(BreakerOpenError)
    expect(called).toBe(false)
  })
})

describe('properties', () => {
  it('never lets more than one probe through, whatever happens in whatever order', () => {
    const event = fc.oneof(
      fc.record({ kind: fc.constant('enter' as const), chance: fc.double({ min: 0, max: 0.999, noNaN: true }) }),
      fc.record({
        kind: fc.constantFrom('succeed' as const, 'fail' as const, 'abandon' as const),
        which: fc.nat({ max: 20 }),
      }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 400 }) }),
    )
    fc.assert(
      fc.property(fc.array(event, { maxLength: 200 }), (events) => {
        const { breaker, clock, draw } = subject({ openMs: 200, probeTimeoutMs: 100, recoveryMs: 200 })
        const tickets: number[] = []
        const held: boolean[] = []
        let probeUntilMs = -Infinity
        for (const one of events) {
          if (one.kind === 'wait') clock.advanceSync(one.ms)
          else if (one.kind === 'enter') {
            draw(one.chance)
            const before = breaker.state.kind
            let ticket: number
            try {
              ticket = breaker.enter()
            } catch (error) {
              held.push(error instanceof BreakerOpenError && error.retryAfterMs >= 0)
              continue
            }
            held.push(before !== 'half-open')
            if (before === 'open') {
              held.push(clock.nowMs() >= probeUntilMs)
              probeUntilMs = clock.nowMs() + 100
            }
            tickets.push(ticket)
          } else if (tickets.length > 0) {
            const [ticket = 0] = tickets.splice(one.which % tickets.length, 1)
            const wasProbing = breaker.state.kind === 'half-open'
            if (one.kind === 'succeed') breaker.succeeded(ticket)
            else if (one.kind === 'fail') breaker.failed(ticket)
            else breaker.abandoned(ticket)
            if (wasProbing && breaker.state.kind !== 'half-open') probeUntilMs = -Infinity
          }
        }
        expect(held).not.toContain(false)
      }),
      { numRuns: 300 },
    )
  })
})

describe('construction', () => {
  it.each([
    { name: '' },
    { name: 'a b' },
    { name: 'x'.repeat(65) },
    { failuresMax: -1 },
    { failuresMax: 1.5 },
    { openMs: 0 },
    { openMs: Infinity },
    { openJitter: 2 },
    { probeTimeoutMs: Number.NaN },
    { recoveryMs: -1 },
    { recoveryShare: 0 },
    { recoverySuccesses: 0 },
  ])('refuses %j', (wrong) => {
    expect(() => new CircuitBreaker({ name: 'rates', ...wrong })).toThrow(RangeError)
  })
})

describe('BreakerRegistry', () => {
  it('keeps one for each dependency, apart from each other', () => {
    const registry = new BreakerRegistry({ failuresMax: 0 })
    const database = registry.of('database')
    database.failed(database.enter())
    expect(registry.of('database')).toBe(database)
    expect(registry.of('rates').state.kind).toBe('closed')
    expect([...registry.states()].map(([name, { kind }]) => `${name} ${kind}`)).toEqual([
      'database open',
      'rates closed',
    ])
    expect([registry.drop('database'), registry.drop('database')]).toEqual([true, false])
  })
  it('is bounded: the least recently used closed one gives way first', () => {
    const registry = new BreakerRegistry({ entriesMax: 2, failuresMax: 0 })
    const dead = registry.of('dead')
    dead.failed(dead.enter())
    const names = ['a', 'b', 'c', 'd'].map((name) => registry.of(name))
    expect(registry.size).toBe(2)
    expect(registry.of('dead')).toBe(dead)
    expect(registry.of('d')).toBe(names[3])
  })
  it('refuses no room, malformed options and malformed names', () => {
    expect(() => new BreakerRegistry({ entriesMax: 0 })).toThrow(RangeError)
    expect(() => new BreakerRegistry({ openMs: 0 })).toThrow(RangeError)
    expect(() => new BreakerRegistry().of('no spaces')).toThrow(RangeError)
  })
})

describe('memory', () => {
  it('is not held by 10,000 breakers that were used, opened and dropped', () => {
    const script = `
      import { CircuitBreaker } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))}
      const use = () => { for (let i = 0; i < 10000; i += 1) {
        const breaker = new CircuitBreaker({ name: 'dropped' })
        for (let j = 0; j < 4; j += 1) breaker.failed(breaker.enter())
      } }
      const settled = () => { for (let i = 0; i < 4; i += 1) gc(); return process.memoryUsage().heapUsed }
      use()
      const before = settled()
      use()
      console.log(JSON.stringify({ grownBytes: settled() - before, resources: process.getActiveResourcesInfo() }))`
    const run = spawnSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', script], { encoding: 'utf8' })
    expect(run.stderr).toBe('')
    const { grownBytes, resources } = JSON.parse(run.stdout) as { grownBytes: number; resources: string[] }
    // One breaker kept alive is some 200 bytes: 10,000 would be 2 MB.
    expect(grownBytes).toBeLessThan(100_000)
    expect(resources.filter((one) => one === 'Timeout')).toEqual([])
  })
})
