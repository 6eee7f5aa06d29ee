import {
  type CheckContext,
  defineCheck,
  type Instance,
  needTestbed,
  type RawConnection,
  type RequestSpec,
} from '@greengate/contracts'
import { announcesClose } from '../../lib-boot/announced-close.ts'
import { dependencyObjects, dependencyOf, readsTouching, requestFrom } from '../../lib-boot/dependencies.ts'
import { statusOf } from '../../lib-boot/split-request.ts'
import { requestSpec, SourceAddresses } from '../../lib-http/exchange.ts'
import { limitsOff } from '../../lib-http/limits-off.ts'
import { jsonTargets, targetsOf } from '../../lib-http/targets.ts'
import { control } from './control.ts'
import { answeredItsHead, judge, type Observation, type Params } from './judge.ts'

const DRIP_MS = 1000
const MARGIN_MS = 3000
const ANSWER_MS = 10_000
/** What is sent first of a body, and some more that never comes. */
const BODY_BYTES_MORE = 64
/** Requests with a body that are tried until one waits for it. */
const BODIES_MAX = 5
/** An answer to the head comes at once: after that long the next one would take too long to watch. */
const NEXT_BODY_MS_MAX = 20_000
/** Of the sentinel, without the identity that it needs. */
const anonymousAdd = requestSpec({
  method: 'POST',
  path: '/api/items',
  effect: 'write',
  body: { name: 'pencil {n}' },
  expect: 401,
})

type Context = CheckContext<Params>

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'fault', quiet: false, waits: true, timeoutMs: 360_000 },
  async observe(context: Context) {
    const addresses = new SourceAddresses(context.random)
    const testbed = needTestbed(context)
    const instance = await testbed.boot({ purpose: 'for slow clients' })
    const other = await testbed.boot({ purpose: 'for a frozen dependency' })
    try {
      const path = context.config.probes.live ?? context.config.start?.ready ?? '/'
      const { status } = await instance.http({ path, headers: context.config.probes.headers })
      // One value that never ends: many headers would meet a limit of their number, which is none of time.
      const head = `GET ${path} HTTP/1.1\r\nhost: ${instance.host}\r\nx-slow: `
      // All of them wait, so all at once.
      const [headers, body, keepAlive, callers] = await Promise.all([
        drip(
          context,
          instance,
          addresses.next(),
          `GET ${path} with headers that never end`,
          head,
          'a',
          Math.min(context.params.headersMsMax + MARGIN_MS, context.params.watchMsMax),
        ),
        slowBody(context, instance, addresses),
        idle(context, instance, path),
        frozenCallers(context, other, addresses),
      ])
      const data: Observation = {
        baseline: { path, status },
        headers,
        body,
        keepAlive,
        callers,
        objects: dependencyObjects(context),
        limitsOff: context.tree ? await limitsOff(context.tree) : [],
      }
      return {
        data,
        exercised: {
          connections: 2 + (body ? 1 : 0),
          requests: callers.length + 1,
          faultSeen: callers.filter((caller) => caller.held > 0).length,
        },
      }
    } finally {
      await Promise.all([instance.stop(), other.stop()])
    }
  },
  // The sentinel keeps connections for 72 s: ten seconds tell it from Node's five as well as sixty do.
  clean: (bed) => bed.service([], { params: { proxyKeepAliveMs: 10_000 } }),
  positiveControls: [
    // Limits that are off are off for ever, so a short wait shows it as well as a long one.
    {
      id: 'no-header-limit',
      breaks: 'header-limit',
      code: 'no-limit',
      arrange: (bed) =>
        bed.service(['no-header-timeout', 'no-request-timeout'], {
          params: { headersMsMax: 15_000, requestMsMax: 15_000, proxyKeepAliveMs: 5000 },
        }),
    },
    {
      id: 'no-request-limit',
      breaks: 'request-limit',
      code: 'no-limit',
      arrange: (bed) =>
        bed.service(['no-request-timeout'], {
          params: { headersMsMax: 15_000, requestMsMax: 15_000, proxyKeepAliveMs: 5000 },
        }),
    },
    {
      id: 'no-request-limit-but-small-bodies',
      breaks: 'request-limit',
      code: 'no-limit',
      arrange: (bed) =>
        bed.service(['no-request-timeout', 'body-limit-small'], {
          params: { headersMsMax: 15_000, requestMsMax: 15_000, proxyKeepAliveMs: 5000 },
        }),
    },
    {
      id: 'no-request-limit-after-sign-in',
      breaks: 'request-limit',
      code: 'no-limit',
      arrange: (bed) =>
        bed.service(['no-request-timeout'], {
          // Refused before its body: what it shows is nothing, and the sign-in has to.
          config: { requests: { addAnonymous: anonymousAdd } },
          params: { headersMsMax: 15_000, requestMsMax: 15_000, proxyKeepAliveMs: 5000 },
        }),
    },
    {
      id: 'keep-alive-short',
      breaks: 'keep-alive',
      code: 'closed-before-proxy',
      arrange: (bed) => bed.service(['keepalive-shorter-than-proxy'], { params: { proxyKeepAliveMs: 10_000 } }),
    },
    {
      id: 'database-outlives-caller',
      breaks: 'caller-order',
      code: 'outlives-caller',
      arrange: (bed) =>
        bed.service(['db-wait-unlimited'], { params: { proxyKeepAliveMs: 5000, callerTimeoutMs: 10_000 } }),
    },
  ],
})

/** The first request with a body that waits for it; if none does, the first one as it was answered. */
async function slowBody(
  context: Context,
  instance: Instance,
  addresses: SourceAddresses,
): Promise<Observation['body']> {
  const watchMs = Math.min(context.params.requestMsMax + MARGIN_MS, context.params.watchMsMax)
  const startedMs = context.clock.monotonicMs()
  let first: Observation['body'] = null
  for (const spec of bodiesInOrder(context).slice(0, BODIES_MAX)) {
    if (context.clock.monotonicMs() - startedMs > NEXT_BODY_MS_MAX || context.signal.aborted) break
    const seen = await drip(
      context,
      instance,
      addresses.next(),
      `${spec.method} ${spec.path} with a body that never ends`,
      bodyHead(instance, instance.prepare(spec), Math.ceil(watchMs / DRIP_MS) + BODY_BYTES_MORE),
      ' ',
      watchMs,
    )
    if (!answeredItsHead(seen)) return seen
    first ??= seen
  }
  return first
}

/** Those that are let in, the sign-in among them, before those that are refused: maybe without a look at their body. */
function bodiesInOrder(context: Context): RequestSpec[] {
  const refused = (spec: RequestSpec): number => (spec.expect >= 200 && spec.expect < 300 ? 0 : 1)
  const specs = jsonTargets(targetsOf(context, [])).map((target) => target.spec)
  return specs.toSorted((a, b) => refused(a) - refused(b))
}

/** Sends a little each second until the service ends it or it was watched for long enough. */
async function drip(
  context: Context,
  instance: Instance,
  from: string,
  request: string,
  head: string,
  piece: string,
  watchMs: number,
): Promise<NonNullable<Observation['body']>> {
  const connection = await instance.connect(from)
  const startedMs = context.clock.monotonicMs()
  const elapsed = (): number => Math.round(context.clock.monotonicMs() - startedMs)
  try {
    await connection.write(head)
    let closedAfterMs: number | null = null
    let pieces = 0
    while (closedAfterMs === null && elapsed() < watchMs && !context.signal.aborted) {
      const { closed } = await connection.waitForClose(DRIP_MS)
      // An answer before the end is an end as well: the service does not wait any longer.
      if (closed || statusOf(connection.received()) > 0) closedAfterMs = elapsed()
      else {
        await connection.write(piece)
        pieces++
      }
    }
    const status = statusOf(connection.received())
    return { request, connected: true, watchedMs: elapsed(), closedAfterMs, status, pieces }
  } finally {
    connection.destroy()
  }
}

async function idle(context: Context, instance: Instance, path: string): Promise<Observation['keepAlive']> {
  const connection = await instance.connect()
  try {
    const firstStatus = await get(context, connection, instance, path)
    const announcedClose = announcesClose(connection.received())
    // Nobody waits on a connection that was said to be at its end.
    const waitMs = announcedClose ? 0 : context.params.proxyKeepAliveMs + MARGIN_MS
    const { closed, afterMs } = await connection.waitForClose(waitMs)
    const idleMs = Math.round(afterMs)
    const secondStatus = closed || announcedClose ? 0 : await get(context, connection, instance, path)
    return { firstStatus, announcedClose, idleMs, closedAfterMs: closed ? idleMs : null, secondStatus }
  } finally {
    connection.destroy()
  }
}

async function get(context: Context, connection: RawConnection, instance: Instance, path: string): Promise<number> {
  const before = connection.received().length
  const headers = Object.entries({
    ...context.config.probes.headers,
    host: `${instance.host}:${instance.port}`,
    connection: 'keep-alive',
  })
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  await connection.write(`GET ${path} HTTP/1.1\r\n${lines}\r\n`)
  await connection.waitFor(
    (received) => /\r\n\r\n/.test(received.slice(before)) && statusOf(received.slice(before)) > 0,
    ANSWER_MS,
  )
  return statusOf(connection.received().slice(before))
}

async function frozenCallers(
  context: Context,
  instance: Instance,
  addresses: SourceAddresses,
): Promise<Observation['callers']> {
  const callers: Observation['callers'] = []
  for (const name of Object.keys(context.config.dependencies)) {
    const spec = readsTouching(context, name)[0]
    if (!spec) continue
    const dependency = dependencyOf(instance, name)
    await dependency.freeze()
    const answer = await instance.http(
      requestFrom(instance, spec, addresses.next(), context.params.callerTimeoutMs + MARGIN_MS),
    )
    const held = dependency.counters().heldWhileFrozen
    await dependency.thaw()
    callers.push({
      request: `${spec.method} ${spec.path}`,
      dependency: name,
      held,
      status: answer.status,
      error: answer.error,
      durationMs: Math.round(answer.durationMs),
    })
  }
  return callers
}

/** @param bytes announced; so few that no limit of the size of a body is met, and more than are ever sent */
function bodyHead(instance: Instance, request: ReturnType<Instance['prepare']>, bytes: number): string {
  const headers = new Map(
    Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  )
  if (!headers.has('content-type')) headers.set('content-type', 'application/json')
  headers.set('host', `${instance.host}:${instance.port}`)
  headers.set('content-length', String(bytes))
  const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `${request.method ?? 'POST'} ${request.path} HTTP/1.1\r\n${lines}\r\n{`
}
