// Goal: past saturation what is admitted keeps its latency, what matters least goes first, probes always pass, and it is
// over when the load is. Method: two simulations on a fake clock (a service that waits for places in a backend; an event
// loop that is busy itself), each beside the same load without shedding, and a real server in a thread, driven past
// saturation.
import { Agent, get } from 'node:http'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { type LoadPriority, LoadShedder, type LoadShedderEvent, type LoadShedderOptions } from './index.ts'

function shedderOf(options: LoadShedderOptions = {}) {
  const clock = { ms: 0 }
  const events: LoadShedderEvent[] = []
  const shedder = new LoadShedder({
    nowMs: () => clock.ms,
    random: () => 0.5,
    onEvent: (event) => void events.push(event),
    ...options,
  })
  /** Samples with the loop that much late, `n` times, with somebody asking in between. */
  const late = (lagMs: number, n: number, asking: readonly LoadPriority[] = ['normal']): void => {
    for (let i = 0; i < n; i += 1) {
      for (const priority of asking) if (shedder.admit(priority)) shedder.release(Number.NaN, priority)
      clock.ms += 50 + lagMs
      shedder.sample()
    }
  }
  const shareOf = (priority: LoadPriority): number => {
    let admitted = 0
    for (let i = 0; i < 100; i += 1)
      if (shedder.admit(priority)) {
        admitted += 1
        shedder.release(Number.NaN, priority)
      }
    return admitted / 100
  }
  return { clock, events, shedder, late, shareOf }
}

/** A generator of its own, so that a run can be had again. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN
}

describe('LoadShedder', () => {
  it('sheds the least important first, all of it but a twentieth before any of the next, and probes never', () => {
    const { late, shareOf, shedder } = shedderOf()
    const all = ['background', 'normal', 'critical'] as const
    late(100, 3, all)
    expect(shareOf('background')).toBeLessThan(0.5)
    expect(shareOf('background')).toBeGreaterThan(0.1)
    expect([shareOf('normal'), shareOf('critical')]).toEqual([1, 1])
    late(100, 2, all)
    expect(shareOf('background')).toBe(0)
    expect(shareOf('normal')).toBeGreaterThan(0.3)
    expect(shareOf('normal')).toBeLessThan(0.9)
    expect(shareOf('critical')).toBe(1)
    late(500, 200, all)
    expect([shareOf('background'), shareOf('normal'), shareOf('probe')]).toEqual([0, 0.05, 1])
    // Some come through, to show that things got better.
    expect(shareOf('critical')).toBeGreaterThan(0.05)
    expect(shedder.state.pressure).toBe(2.9)
  })

  it('begins with what is there: no background, then normal at once', () => {
    const { late, shareOf } = shedderOf()
    late(100, 3, ['normal', 'critical'])
    expect(shareOf('normal')).toBeLessThan(0.9)
    expect(shareOf('critical')).toBe(1)
    const only = shedderOf()
    only.late(100, 4, ['critical'])
    expect(only.shareOf('critical')).toBeLessThan(0.9)
  })

  it('does not shed for one long pause, a collection of garbage for instance', () => {
    const { late, shareOf, events } = shedderOf()
    for (let i = 0; i < 20; i += 1) {
      late(900, 1)
      late(0, 3)
    }
    expect(shareOf('normal')).toBe(1)
    expect(events).toEqual([])
  })

  it('counts a delay only as far as the process itself was running', () => {
    const clock = { ms: 0 }
    const starved = shedderOf({ nowMs: () => clock.ms, cpuMs: () => clock.ms * 0.08 })
    const busy = shedderOf({ nowMs: () => clock.ms, cpuMs: () => clock.ms })
    for (let i = 0; i < 50; i += 1) {
      for (const { shedder } of [starved, busy]) if (shedder.admit('normal')) shedder.release(Number.NaN)
      clock.ms += 550
      for (const { shedder } of [starved, busy]) shedder.sample()
    }
    expect(starved.shedder.state.lagMs).toBeCloseTo(40)
    expect(starved.shareOf('normal')).toBe(1)
    expect(busy.shareOf('normal')).toBeLessThan(0.1)
  })

  it('does not shed for a delay that nobody who asks has a part in', () => {
    const { late, shareOf } = shedderOf()
    late(500, 100, ['probe'])
    expect(shareOf('normal')).toBe(1)
  })

  it('holds between half the target and the target, and lets go slowly below', () => {
    const { late, shedder, events } = shedderOf()
    late(80, 6)
    const { pressure } = shedder.state
    expect(pressure).toBeGreaterThan(1)
    late(40, 50)
    expect(shedder.state.pressure).toBe(pressure)
    late(5, 1)
    expect(shedder.state.pressure).toBeLessThan(pressure)
    expect(shedder.state.pressure).toBeGreaterThan(pressure - 0.1)
    late(0, 100)
    expect(shedder.state.pressure).toBe(0)
    expect(events.map(({ type }) => type)).toEqual(['shedding_began', 'shedding_ended'])
  })

  it('sheds when the heap is nearly used up, if asked to', () => {
    let used = 0.5
    const { late, shareOf } = shedderOf({ heapUsedMax: 0.9, heapUsed: () => used })
    late(0, 10)
    expect(shareOf('normal')).toBe(1)
    used = 0.95
    late(0, 10)
    expect(shareOf('normal')).toBeLessThan(0.5)
    used = 0.5
    late(0, 100)
    expect(shareOf('normal')).toBe(1)
    const real = new LoadShedder({ heapUsedMax: 1 })
    real.admit('normal')
    real.sample()
    expect(real.state.pressure).toBe(0)
  })

  it('bounds what is under way, with room to the last for what matters', () => {
    const { shedder } = shedderOf({ inFlightMin: 10, inFlightInitial: 20 })
    const admitted = (priority: LoadPriority): number => {
      let count = 0
      while (count < 1000 && shedder.admit(priority)) count += 1
      return count
    }
    expect([admitted('background'), admitted('normal'), admitted('critical')]).toEqual([15, 5, 5])
    expect(admitted('probe')).toBe(1000)
    expect(shedder.state.inFlight).toBe(25)
    for (let i = 0; i < 30; i += 1) shedder.release(1)
    expect(shedder.state.inFlight).toBe(0)
    shedder.release(1, 'probe')
    expect(admitted('normal')).toBe(20)
  })

  it('counts nobody who waits for its caller, and says when there is no place any more', () => {
    const { shedder } = shedderOf({ inFlightMin: 4, inFlightInitial: 4 })
    for (let i = 0; i < 100; i += 1) {
      expect(shedder.admit('normal')).toBe(true)
      shedder.suspend()
    }
    expect(shedder.state.inFlight).toBe(0)
    expect(Array.from({ length: 6 }, () => shedder.resume('normal'))).toEqual([true, true, true, true, false, false])
    expect(shedder.state.inFlight).toBe(6)
    for (let i = 0; i < 6; i += 1) shedder.release(Number.NaN)
    expect([shedder.state.inFlight, shedder.resume('background'), shedder.resume('probe')]).toEqual([0, true, true])
  })

  it('goes back to its limit when it was lowered for measuring and nothing finishes any more', () => {
    const { shedder, clock } = shedderOf({ inFlightMin: 5, inFlightInitial: 40 })
    const look = (): number => {
      clock.ms += 50
      shedder.sample()
      return shedder.state.inFlightLimit
    }
    let before = 0
    let now = 40
    for (let i = 0; i < 200 && !(now < before / 2); i += 1) {
      before = now
      let held = 0
      while (shedder.admit('normal')) held += 1
      for (; held > 0; held -= 1) shedder.release(20)
      now = look()
    }
    expect(now).toBeLessThan(before / 2)
    while (shedder.admit('normal'));
    for (let i = 0; i < 39; i += 1) expect(look()).toBe(now)
    expect(look()).toBeGreaterThanOrEqual(before)
  })

  it('answers 503 with a Retry-After that is spread', () => {
    const random = seeded(3)
    const { shedder } = shedderOf({ random, retryAfterMinS: 1, retryAfterMaxS: 4 })
    const seen = new Set(Array.from({ length: 200 }, () => shedder.retryAfterS()))
    expect(seen).toEqual(new Set([1, 2, 3, 4]))
    expect(shedderOf({ random: () => 1 }).shedder.retryAfterS()).toBe(6)
    expect(shedderOf().shedder.refusal()).toMatchObject({ code: 'overloaded', headers: { 'retry-after': '4' } })
  })

  it('refuses options out of range, and keeps no process alive', () => {
    for (const wrong of [
      { lagTargetMs: 1 },
      { sampleMs: 1 },
      { heapUsedMax: 0 },
      { heapUsedMax: 1.1 },
      { retryAfterMinS: 0 },
      { retryAfterMinS: 5, retryAfterMaxS: 4 },
      { inFlightMin: 0 },
    ])
      expect(() => new LoadShedder(wrong)).toThrow(RangeError)
    const shedder = new LoadShedder()
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    const before = timers()
    shedder.start()
    shedder.start()
    expect(timers()).toBe(before)
    shedder.stop()
    shedder.stop()
  })

  it('is not stopped by whoever watches', () => {
    const { late, shedder } = shedderOf({
      onEvent: () => {
        throw new Error('watcher broke')
      },
    })
    late(200, 5)
    expect(shedder.state.pressure).toBeGreaterThan(0)
  })
})

describe('past saturation, simulated', () => {
  /** Ten places of 20 ms each, 500 a second, asked 1,500 times a second for a minute. */
  function backend(shed: boolean) {
    const { clock, shedder } = shedderOf({ inFlightMin: 5 })
    const random = seeded(1)
    const latencies: number[] = []
    const places: number[] = []
    const waiting: number[] = []
    const started: number[] = []
    let shedCount = 0
    for (let ms = 0; ms < 60_000; ms += 1) {
      clock.ms = ms
      for (let i = places.length - 1; i >= 0; i -= 1) {
        if ((places[i] ?? 0) > ms) continue
        const arrivedMs = started[i] ?? 0
        places.splice(i, 1)
        started.splice(i, 1)
        shedder.release(ms - arrivedMs)
        if (ms > 20_000) latencies.push(ms - arrivedMs)
      }
      const arrivals = random() < 0.5 ? 1 : 2
      for (let i = 0; i < arrivals; i += 1) {
        if (!shed || shedder.admit('normal')) waiting.push(ms)
        else shedCount += 1
      }
      while (places.length < 10 && waiting.length > 0) {
        started.push(waiting.shift() ?? 0)
        places.push(ms + 20)
      }
      if (ms % 50 === 0) shedder.sample()
    }
    return { p99Ms: percentile(latencies, 0.99), perSecond: latencies.length / 40, shedCount }
  }

  it('a service that waits for a backend keeps its latency and its throughput', () => {
    const shed = backend(true)
    const not = backend(false)
    expect(not.p99Ms).toBeGreaterThan(30_000)
    // Unloaded it is 20 ms, and the limit aims at twice that.
    expect(shed.p99Ms).toBeLessThan(120)
    expect(shed.perSecond).toBeGreaterThan(0.9 * not.perSecond)
    expect(shed.shedCount).toBeGreaterThan(0)
  })

  /** An event loop whose requests take 2 ms of it each: 500 a second; refusing one takes 0.05 ms. */
  function loop(shed: boolean, perMs: number, mix: (random: number) => LoadPriority) {
    const { clock, shedder } = shedderOf()
    const random = seeded(2)
    const latencies: number[] = []
    const admitted = { probe: 0, critical: 0, normal: 0, background: 0 }
    const asked = { probe: 0, critical: 0, normal: 0, background: 0 }
    const queue: { atMs: number; priority: LoadPriority }[] = []
    let arrivedUpToMs = 0
    let sampleAtMs = 50
    while (clock.ms < 30_000) {
      // One turn of the loop: timers that are due, then whatever has come in meanwhile.
      if (clock.ms >= sampleAtMs) {
        shedder.sample()
        sampleAtMs = clock.ms + 50
      }
      for (; arrivedUpToMs <= clock.ms; arrivedUpToMs += 1 / perMs)
        queue.push({ atMs: arrivedUpToMs, priority: mix(random()) })
      for (const { atMs, priority } of queue.splice(0)) {
        const counts = clock.ms > 5000
        if (counts) asked[priority] += 1
        if (shed && !shedder.admit(priority)) {
          clock.ms += 0.05
          continue
        }
        clock.ms += 2
        if (shed) shedder.release(2, priority)
        if (!counts) continue
        admitted[priority] += 1
        latencies.push(clock.ms - atMs)
      }
      clock.ms += 0.1
    }
    return { p99Ms: percentile(latencies, 0.99), perSecond: latencies.length / 25, asked, admitted }
  }

  it('a busy event loop keeps its latency and its throughput', () => {
    const shed = loop(true, 1, () => 'normal')
    const not = loop(false, 1, () => 'normal')
    expect(not.p99Ms).toBeGreaterThan(10_000)
    expect(shed.p99Ms).toBeLessThan(400)
    expect(shed.perSecond).toBeGreaterThan(0.75 * 500)
  })

  it('of mixed load the important part does not notice', () => {
    const mix = (random: number): LoadPriority =>
      random < 0.01 ? 'probe' : random < 0.2 ? 'critical' : random < 0.6 ? 'normal' : 'background'
    const { asked, admitted, p99Ms } = loop(true, 0.7, mix)
    expect(admitted.probe).toBe(asked.probe)
    expect(admitted.critical).toBe(asked.critical)
    expect(admitted.normal / asked.normal).toBeGreaterThan(0.9)
    expect(admitted.background / asked.background).toBeLessThan(0.6)
    expect(p99Ms).toBeLessThan(400)
  })

  it('below saturation nothing is shed', () => {
    const { asked, admitted } = loop(true, 0.4, () => 'normal')
    expect(admitted.normal).toBe(asked.normal)
  })
})

describe('past saturation, for real', () => {
  const CALLERS = 80
  const MEASURED_MIN = 10
  let worker: Worker | null = null
  afterEach(async () => {
    await worker?.terminate()
    worker = null
  })

  /** A server in a thread of its own whose requests take 10 ms of its event loop. */
  function serve(shed: boolean): Promise<number> {
    const source = `
      const { parentPort } = require('node:worker_threads')
      const { createServer } = require('node:http')
      import(${JSON.stringify(new URL('load-shedder.ts', import.meta.url).href)}).then(({ LoadShedder }) => {
        const shedder = new LoadShedder()
        shedder.start()
        const server = createServer((request, response) => {
          const priority = request.url === '/health' ? 'probe' : 'normal'
          if (${shed} && !shedder.admit(priority)) {
            response.writeHead(503, { 'retry-after': shedder.retryAfterS() })
            return response.end()
          }
          const startedMs = performance.now()
          if (priority !== 'probe') while (performance.now() - startedMs < 10);
          response.end('done')
          if (${shed}) shedder.release(performance.now() - startedMs, priority)
        })
        server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
      })`
    worker = new Worker(source, { eval: true })
    return new Promise((resolve, reject) => worker?.once('message', resolve).once('error', reject))
  }

  async function drive(port: number): Promise<{ medianMs: number; done: number; shed: number; probes: number[] }> {
    const latencies: number[] = []
    const probes: number[] = []
    let shed = 0
    const agent = new Agent({ keepAlive: true, maxSockets: 200 })
    const ask = (path: string): Promise<number> =>
      new Promise((resolve, reject) => {
        get({ host: '127.0.0.1', port, path, agent }, (response) => {
          response.resume().once('end', () => resolve(response.statusCode ?? 0))
        }).once('error', reject)
      })
    // All connected first: a busy loop accepts one connection a turn, and those not accepted yet are no load.
    await Promise.all(Array.from({ length: CALLERS }, () => ask('/health')))
    // Long enough for some to be measured, however slow the machine is, and no longer.
    const measureFromMs = performance.now() + 1000
    const lastMs = performance.now() + 12_000
    const over = (): boolean =>
      performance.now() > lastMs || (performance.now() > measureFromMs + 1500 && latencies.length > MEASURED_MIN)
    const caller = async (): Promise<void> => {
      while (!over()) {
        const startedMs = performance.now()
        const status = await ask('/')
        if (status === 503) {
          shed += 1
          await new Promise((resolve) => setTimeout(resolve, 500))
        } else if (startedMs > measureFromMs) latencies.push(performance.now() - startedMs)
      }
    }
    const prober = async (): Promise<void> => {
      while (!over()) {
        probes.push(await ask('/health'))
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
    await Promise.all([prober(), ...Array.from({ length: CALLERS }, caller)])
    agent.destroy()
    return { medianMs: percentile(latencies, 0.5), done: latencies.length, shed, probes }
  }

  it('keeps the latency of what it admits, and answers every probe', { timeout: 60_000 }, async () => {
    const shed = await drive(await serve(true))
    await worker?.terminate()
    const not = await drive(await serve(false))
    expect(not.shed).toBe(0)
    expect(shed.shed).toBeGreaterThan(0)
    expect(shed.done).toBeGreaterThan(MEASURED_MIN)
    expect(shed.medianMs).toBeLessThan(0.5 * not.medianMs)
    expect(shed.probes.length).toBeGreaterThan(3)
    expect(new Set(shed.probes)).toEqual(new Set([200]))
  })
})
