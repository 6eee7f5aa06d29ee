/**
 * What the kit's deadline, retry, breaker and budget cost around an asynchronous call, beside cockatiel, opossum and
 * p-timeout; then what they are for: calls that a dead backend gets, callers behind a hung probe, and what dropped
 * breakers leave. Asked for: under 600 ns, at most 1.1 calls for each one wanted, and nothing left.
 *
 * Rounds alternate, so that whatever else the machine does hits everybody. What counts is the CPU time of the whole
 * process, collector included; wall time stands beside it.
 */
import { createServer, type Server } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  Bulkhead,
  callPolicy,
  CircuitBreaker,
  Deadline,
  isTransientError,
  type RetryBudget,
  RetryBudget as Budget,
  systemClock,
} from '@greengate/kit/resilience'
import { runInRequest } from '@greengate/kit/context'
import * as cockatiel from 'cockatiel'
import Opossum from 'opossum'
import pTimeout from 'p-timeout'
import { report, type Spread, spreadOf } from './measure.ts'

const ROUNDS = 9
const NS_MAX = 600
const AMPLIFICATION_MAX = 1.1

interface Contender {
  readonly what: string
  readonly calls: number
  readonly call: () => Promise<unknown>
}

const work = async (): Promise<number> => 1

function contenders(): Contender[] {
  const policy = callPolicy({ name: 'subject', timeoutMs: 30_000, retry: {} })
  const all = callPolicy({ name: 'subject', timeoutMs: 30_000, retry: {}, bulkhead: new Bulkhead(100, 100) })
  const wrapped = cockatiel.wrap(
    cockatiel.timeout(30_000, cockatiel.TimeoutStrategy.Aggressive),
    cockatiel.retry(cockatiel.handleAll, { maxAttempts: 2, backoff: new cockatiel.ExponentialBackoff() }),
    cockatiel.circuitBreaker(cockatiel.handleAll, {
      halfOpenAfter: 5000,
      breaker: new cockatiel.ConsecutiveBreaker(4),
    }),
  )
  const opossum = new Opossum(work, { timeout: 30_000 })
  return [
    { what: 'bare', calls: 40_000, call: work },
    { what: 'kit: deadline + retry + breaker + budget', calls: 40_000, call: () => policy.run(work) },
    { what: 'the same with a bulkhead', calls: 40_000, call: () => all.run(work) },
    { what: 'p-timeout', calls: 3000, call: () => pTimeout(work(), { milliseconds: 30_000 }) },
    { what: 'opossum: timeout + breaker', calls: 10_000, call: () => opossum.fire() },
    { what: 'cockatiel: timeout + retry + breaker', calls: 5000, call: () => wrapped.execute(work) },
  ]
}

async function costs(): Promise<Map<string, { cpu: Spread; wall: Spread }>> {
  const all = contenders()
  const cpu = new Map<string, number[]>(all.map(({ what }) => [what, []]))
  const wall = new Map<string, number[]>(all.map(({ what }) => [what, []]))
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const { what, calls, call } of all) {
      const before = process.cpuUsage()
      const startedMs = performance.now()
      for (let i = 0; i < calls; i += 1) await call()
      const wallMs = performance.now() - startedMs
      const { user, system } = process.cpuUsage(before)
      // The first one warms up.
      if (round === 0) continue
      cpu.get(what)?.push(((user + system) * 1000) / calls)
      wall.get(what)?.push((wallMs * 1e6) / calls)
    }
  }
  return new Map(
    all.map(({ what }) => [what, { cpu: spreadOf(cpu.get(what) ?? []), wall: spreadOf(wall.get(what) ?? []) }]),
  )
}

interface Backend {
  readonly url: string
  answer: 'dead' | 'cut' | 'hang' | 'ok'
  calls: number
  close(): void
}

async function backend(): Promise<Backend> {
  const made: Backend = { url: '', answer: 'dead', calls: 0, close: () => server.closeAllConnections() }
  const server: Server = createServer((_, response) => {
    made.calls += 1
    if (made.answer === 'cut') response.destroy()
    else if (made.answer !== 'hang') response.writeHead(made.answer === 'ok' ? 200 : 503).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return Object.assign(made, {
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  })
}

async function fetchFrom(url: string, signal?: AbortSignal): Promise<void> {
  const answer = await fetch(url, signal ? { signal } : {})
  await answer.arrayBuffer()
  if (!answer.ok) throw Object.assign(new Error(`answered ${answer.status}`), { statusCode: answer.status })
}

const CALLS = 400
const backoff = { delayMinMs: 0, delayMaxMs: 0 }

/** Calls at a dead backend for each call wanted. */
async function amplification(target: Backend, call: () => Promise<unknown>): Promise<number> {
  target.calls = 0
  for (let done = 0; done < CALLS; done += 20)
    await Promise.all(Array.from({ length: 20 }, () => call().catch(() => {})))
  return target.calls / CALLS
}

async function amplifications(target: Backend): Promise<void> {
  // As unbounded as it can be made: one that never runs out here.
  const endless = new Budget({ tokensMax: 1_000_000 })
  const ours = (budget: RetryBudget, breaker: CircuitBreaker | null) => {
    const policy = callPolicy({ name: 'dead', retry: { ...backoff, isTransient: transient }, budget, breaker })
    return () => policy.run(({ signal }) => fetchFrom(target.url, signal))
  }
  const theirs = cockatiel.retry(cockatiel.handleAll, { maxAttempts: 2, backoff: new cockatiel.ConstantBackoff(0) })
  for (const answer of ['dead', 'cut'] as const) {
    target.answer = answer
    const budgeted = await amplification(target, ours(new Budget(), null))
    const whole = await amplification(target, ours(new Budget(), new CircuitBreaker({ name: 'dead' })))
    const without = await amplification(target, ours(endless, null))
    const cockatiels = await amplification(target, () => theirs.execute(() => fetchFrom(target.url)))
    const how = answer === 'dead' ? 'always answers 503' : 'cuts every connection'
    report(
      `calls at a backend that ${how}, for each of ${CALLS} wanted`,
      spreadOf([budgeted]),
      AMPLIFICATION_MAX,
      'calls',
      `with the breaker as well ${whole.toFixed(2)}, without a budget ${without.toFixed(2)}, cockatiel ${cockatiels.toFixed(2)}`,
    )
  }
}

/** fetch hides a broken connection as a TypeError with a cause. */
function transient(error: unknown): boolean {
  return isTransientError(error) || (error instanceof TypeError && error.message === 'fetch failed')
}

const CALLERS = 50

/** Opens a breaker, lets its probe hang, and counts the callers behind it that have an answer half a second later. */
async function behindHungProbe(
  target: Backend,
  call: () => Promise<unknown>,
): Promise<{ settled: number; recovered: boolean }> {
  target.answer = 'dead'
  for (let i = 0; i < 20; i += 1) await call().catch(() => {})
  await new Promise((resolve) => setTimeout(resolve, 300))
  target.answer = 'hang'
  let settled = 0
  void call().catch(() => {})
  await new Promise((resolve) => setTimeout(resolve, 50))
  const count = (): void => void (settled += 1)
  for (let i = 0; i < CALLERS; i += 1) void call().then(count, count)
  await new Promise((resolve) => setTimeout(resolve, 500))
  target.answer = 'ok'
  const counted = settled
  // Longer than any limit that was set: what has not come back by now never does.
  for (let i = 0; i < 40; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    const recovered = await Promise.race([
      call().then(
        () => true,
        () => false,
      ),
      new Promise<false>((resolve) => setTimeout(resolve, 50, false)),
    ])
    if (recovered) return { settled: counted, recovered }
  }
  return { settled: counted, recovered: false }
}

async function hungProbes(target: Backend): Promise<void> {
  const policy = callPolicy({
    name: 'hung',
    timeoutMs: 30_000,
    breaker: new CircuitBreaker({ name: 'hung', openMs: 200, probeTimeoutMs: 400 }),
  })
  const theirs = cockatiel.circuitBreaker(cockatiel.handleAll, {
    halfOpenAfter: 200,
    breaker: new cockatiel.ConsecutiveBreaker(4),
  })
  const opossum = new Opossum(() => fetchFrom(target.url), {
    timeout: false,
    resetTimeout: 200,
    errorThresholdPercentage: 50,
  })
  // Without a time limit of their own around the probe, to see what the breaker itself does; ours has 30 s.
  const ours = await behindHungProbe(target, () => policy.run(() => fetchFrom(target.url)))
  const cockatiels = await behindHungProbe(target, () => theirs.execute(() => fetchFrom(target.url)))
  const opossums = await behindHungProbe(target, () => opossum.fire())
  opossum.shutdown()
  const said = ({ settled, recovered }: { settled: number; recovered: boolean }): string =>
    `${settled} of ${CALLERS} answered, ${recovered ? 'recovers' : 'never recovers'}`
  const held = ours.settled === CALLERS && ours.recovered
  console.log(
    `callers behind a hung probe: ${said(ours)}: ${held ? 'held' : 'MISSED'}; cockatiel ${said(cockatiels)}, opossum ${said(opossums)}`,
  )
  if (!held) process.exitCode = 1
}

const DROPPED = 10_000

async function dropped(make: () => Promise<unknown>): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const settled = async (): Promise<number> => {
    for (let i = 0; i < 3; i += 1) {
      await new Promise((resolve) => setImmediate(resolve))
      collect()
    }
    return process.memoryUsage().heapUsed
  }
  for (let i = 0; i < 1000; i += 1) await make()
  const before = await settled()
  for (let i = 0; i < DROPPED; i += 1) await make()
  return Math.max(0, (await settled()) - before) / DROPPED
}

async function memory(): Promise<void> {
  const failing = (): Promise<never> => Promise.reject(new Error('down'))
  const ours = await dropped(async () => {
    const policy = callPolicy({
      name: 'dropped',
      retry: {},
      breaker: new CircuitBreaker({ name: 'dropped', failuresMax: 0 }),
    })
    await policy.run(failing).catch(() => {})
  })
  const theirs = await dropped(async () => {
    const policy = cockatiel.circuitBreaker(cockatiel.handleAll, {
      halfOpenAfter: 5000,
      breaker: new cockatiel.ConsecutiveBreaker(1),
    })
    await policy.execute(failing).catch(() => {})
  })
  const opossum = await dropped(async () => {
    await new Opossum(failing, { resetTimeout: 5000, errorThresholdPercentage: 1 }).fire().catch(() => {})
  })
  report(
    `heap left by each of ${DROPPED} policies that opened and were dropped`,
    spreadOf([ours]),
    10,
    'bytes',
    `cockatiel ${theirs.toFixed(0)}, opossum ${opossum.toFixed(0)}`,
  )
}

const measured = await runInRequest({ correlationId: 'benchmark', trace: null, deadline: new Deadline(600_000) }, costs)
for (const [what, { cpu, wall }] of measured) {
  const walls = `wall ${wall.median.toFixed(0)} ns (${wall.min.toFixed(0)} to ${wall.max.toFixed(0)})`
  if (what.startsWith('kit')) report(what, cpu, NS_MAX, 'ns', walls)
  else
    console.log(
      `${what}: median ${cpu.median.toFixed(0)} ns (${cpu.min.toFixed(0)} to ${cpu.max.toFixed(0)}, ${cpu.rounds} rounds); ${walls}`,
    )
}
const deadlines = spreadOf(
  Array.from({ length: ROUNDS }, () => {
    let sum = 0
    const before = process.cpuUsage()
    for (let i = 0; i < 200_000; i += 1) sum += new Deadline(2000).endsAtMs
    const { user, system } = process.cpuUsage(before)
    return sum > 0 ? ((user + system) * 1000) / 200_000 : 0
  }),
)
report('making a deadline', deadlines, 100, 'ns', `the clock alone ${clockNs().toFixed(0)} ns`)

function clockNs(): number {
  let sum = 0
  const before = process.cpuUsage()
  for (let i = 0; i < 200_000; i += 1) sum += systemClock.nowMs()
  const { user, system } = process.cpuUsage(before)
  return sum > 0 ? ((user + system) * 1000) / 200_000 : 0
}

const target = await backend()
await amplifications(target)
await hungProbes(target)
target.close()
await memory()
// cockatiel and opossum leave calls and timers that would keep the process for as long as they wait.
process.exit()
