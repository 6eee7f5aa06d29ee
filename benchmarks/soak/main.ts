/**
 * Soaks a service on the kit in mixed load and looks whether it keeps anything: the heap after a collection, sampled over
 * and over, must not grow (the 95 % interval of the Theil-Sen slope reaches zero or below), and once the load is gone and
 * the service stopped no socket or timer is left.
 *
 * Usage: node benchmarks/soak/main.ts [--minutes 60] [--per-second 300]
 */
import { type ChildProcess, fork } from 'node:child_process'
import { request as httpRequest, Agent } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { theilSen } from './theil-sen.ts'

const SAMPLE_EVERY_MS = 15_000
const WARM_UP_SHARE = 0.1

interface Sample {
  readonly heapUsed: number
  readonly rss: number
  readonly handles: readonly string[]
}

const json = { 'content-type': 'application/json' }
const user = (index: number): Record<string, string> => ({
  ...json,
  authorization: `Bearer token-${1000 + (index % 90)}`,
})
/** What is asked, in turn: ordinary and wrong, large, unknown, unauthorised, cut off. */
const MIX: readonly ((index: number) => {
  method: string
  path: string
  headers?: Record<string, string>
  body?: string
  abortMs?: number
})[] = [
  (index) => ({ method: 'GET', path: `/things/${index}` }),
  (index) => ({ method: 'GET', path: `/things/${index}`, headers: { origin: 'https://app.example.test' } }),
  (index) => ({
    method: 'POST',
    path: '/things',
    headers: user(index),
    body: JSON.stringify({ name: `n${index}`, tags: ['a'] }),
  }),
  (index) => ({ method: 'POST', path: '/things', headers: user(index), body: '{"name":1}' }),
  (index) => ({ method: 'POST', path: '/things', headers: user(index), body: '{broken' }),
  () => ({ method: 'GET', path: '/flaky' }),
  (index) => ({ method: 'GET', path: `/unknown/${index}` }),
  () => ({ method: 'DELETE', path: '/things/1' }),
  (index) => ({ method: 'GET', path: '/slow', ...(Math.floor(index / 12) % 2 === 0 ? { abortMs: 40 } : {}) }),
  (index) => ({
    method: 'GET',
    path: '/things/1',
    headers: {
      traceparent: `00-${String(index).padStart(32, '1')}-00f067aa0ba902b7-01`,
      'x-request-id': `id-${index}-00`,
    },
  }),
  () => ({ method: 'GET', path: '/metrics' }),
  (index) => ({
    method: 'POST',
    path: '/things',
    headers: user(index),
    body: JSON.stringify({ name: 'x'.repeat(1_100_000) }),
  }),
]

function answerOf<T>(child: ChildProcess, question?: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null): void => reject(new Error(`the service ended with ${code}`))
    child.once('exit', gone)
    child.once('message', (message) => {
      child.off('exit', gone)
      resolve(message as T)
    })
    if (question !== undefined) child.send(question)
  })
}

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '60' }, 'per-second': { type: 'string', default: '300' } },
})
const durationMs = Number(values.minutes) * 60_000
const everyMs = 1000 / Number(values['per-second'])
const child = fork(join(import.meta.dirname, 'service.ts'), [], {
  execArgv: ['--expose-gc'],
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
})
const agent = new Agent({ keepAlive: true, maxSockets: 64 })
const statuses = new Map<string, number>()
const points: { x: number; y: number }[] = []
let open = 0

function send(port: number, index: number): void {
  const wanted = (MIX[index % MIX.length] ?? MIX[0])?.(index)
  if (!wanted || open > 500) return
  open += 1
  let over = false
  const count = (what: string): void => {
    if (over) return
    over = true
    open -= 1
    statuses.set(what, (statuses.get(what) ?? 0) + 1)
  }
  // From many addresses, so that the rate limit answers some and not all.
  const sent = httpRequest(
    { agent, port, host: '127.0.0.1', localAddress: `127.0.0.${2 + (index % 5)}`, ...wanted },
    (response) => {
      response.resume()
      response.on('close', () => count(String(response.statusCode)))
      response.on('error', () => count('broken'))
    },
  )
  sent.on('error', () => count(wanted.abortMs === undefined ? 'error' : 'aborted'))
  sent.end(wanted.body)
  if (wanted.abortMs !== undefined) setTimeout(() => sent.destroy(), wanted.abortMs)
}

try {
  const { port } = await answerOf<{ port: number }>(child)
  const startedMs = performance.now()
  const endMs = startedMs + durationMs
  let index = 0
  let sampledMs = startedMs
  let first: Sample | null = null
  let last: Sample | null = null
  while (performance.now() < endMs) {
    const nowMs = performance.now()
    while (startedMs + index * everyMs <= nowMs) send(port, index++)
    if (nowMs - sampledMs >= Math.min(SAMPLE_EVERY_MS, durationMs / 40)) {
      sampledMs = nowMs
      last = await answerOf<Sample>(child, 'sample')
      first ??= last
      if (nowMs - startedMs > durationMs * WARM_UP_SHARE)
        points.push({ x: (nowMs - startedMs) / 3_600_000, y: last.heapUsed })
      if (points.length % 20 === 1)
        process.stderr.write(
          `${((nowMs - startedMs) / 60_000).toFixed(1)} min, ${index} requests, heap ${(last.heapUsed / 1e6).toFixed(2)} MB\n`,
        )
    }
    await pause(5)
  }
  agent.destroy()
  await pause(3000)
  const slope = theilSen(points)
  const stopped = await answerOf<{ code: number; handles: readonly string[] }>(child, 'stop')
  // The channel to this process, and the standard streams, are there before and after.
  const left = stopped.handles.filter((handle) => !/^(?:Pipe|PipeWrap|TTYWrap|Immediate|MessagePort)/.test(handle))
  const perHour = (value: number): string => `${(value / 1024).toFixed(1)} KiB/h`
  console.log(
    `${index} requests in ${(durationMs / 60_000).toFixed(1)} min: ${[...statuses]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([status, count]) => `${status} ${count}`)
      .join(', ')}`,
  )
  console.log(
    `heap after collection ${((first?.heapUsed ?? 0) / 1e6).toFixed(2)} MB at first, ${((last?.heapUsed ?? 0) / 1e6).toFixed(2)} MB at last; rss ${((last?.rss ?? 0) / 1e6).toFixed(0)} MB`,
  )
  console.log(
    `slope ${perHour(slope.median)}, 95 % from ${perHour(slope.low)} to ${perHour(slope.high)}, ${slope.points} samples`,
  )
  console.log(`handles left: ${left.length === 0 ? 'none' : left.join(', ')}; exit code ${stopped.code}`)
  const answered = [...statuses.keys()].filter((status) => /^\d/.test(status)).length
  const held = slope.low <= 0 && left.length === 0 && stopped.code === 0 && answered > 3
  console.log(held ? 'held' : 'MISSED')
  process.exitCode = held ? 0 : 1
} finally {
  agent.destroy()
  child.kill('SIGKILL')
}
