import { type CheckContext, defineCheck, type Instance, needTestbed, type RequestSpec } from '@greengate/contracts'
import { announcesClose } from '../../lib-boot/announced-close.ts'
import { inParallel } from '../../lib-boot/boots.ts'
import { dependencyObjects, dependencyOf, readsTouching, requestFrom } from '../../lib-boot/dependencies.ts'
import { splitRequest, statusOf } from '../../lib-boot/split-request.ts'
import { requestSpec, SourceAddresses, waitUntil } from '../../lib-http/exchange.ts'
import { findDescription } from '../../lib-http/find-openapi.ts'
import { operationsOf } from '../../lib-http/openapi.ts'
import { jsonTargets, targetsOf } from '../../lib-http/targets.ts'
import { control } from './control.ts'
import { judge, type Observation, type Params } from './judge.ts'

const EARLY_MS = 400
const LATE_MS = 1200
const DATABASE_WAIT_MS = 1500
const HELD_WAIT_MS = 5000
const ANSWER_MS = 15_000
const SETTLE_MS = 200
const LOAD_BEFORE_MS = 2500
const LOAD_AFTER_MS = 4000
/** Around the signal it is chance whether a connection was accepted: what was sent then says nothing. */
const MOMENT_BEFORE_MS = 50
const MOMENT_AFTER_MS = 500
const INSTANCES_AT_ONCE = 2

type Context = CheckContext<Params>
type Answer = { status: number; error: string }

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'destroy', quiet: true, timeoutMs: 300_000 },
  async observe(context: Context) {
    const addresses = new SourceAddresses(context.random)
    const found: Partial<Observation> = {}
    const scenarios: [string, (instance: Instance) => Promise<void>][] = [
      [
        'for a body that ends early',
        async (i) => void (found.early = await bodyPhase(context, i, addresses, EARLY_MS)),
      ],
      ['for a body that ends late', async (i) => void (found.late = await bodyPhase(context, i, addresses, LATE_MS))],
      [
        'for a wait on the database',
        async (i) => void (found.databaseWait = await databaseWait(context, i, addresses)),
      ],
      ['for an idle connection', async (i) => void (found.idle = await idleExit(context, i))],
      ['under load', async (i) => void (found.load = await underLoad(context, i, addresses))],
    ]
    await inParallel(scenarios, INSTANCES_AT_ONCE, async ([purpose, play]) => {
      context.progress(`SIGTERM ${purpose}`)
      const instance = await needTestbed(context).boot({ purpose: `to be stopped ${purpose}` })
      try {
        await play(instance)
      } finally {
        await instance.stop()
      }
    })
    const { early = null, late = null, databaseWait: wait = null, idle, load } = found
    if (!idle || !load) throw new Error('a scenario left nothing behind')
    const data: Observation = {
      early,
      late,
      databaseWait: wait,
      databaseObject: dependencyObjects(context)['database'] ?? 'unknown',
      idle,
      load,
    }
    return { data, exercised: { signals: scenarios.length, requests: load.requests + 6, faultSeen: wait?.held ?? 0 } }
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    {
      id: 'no-drain',
      breaks: 'body-phase-early',
      code: 'request-dropped',
      arrange: (bed) => bed.service(['no-drain']),
    },
    {
      id: 'drops-body',
      breaks: 'body-phase-late',
      code: 'request-dropped',
      arrange: (bed) => bed.service(['drain-drops-body']),
    },
    {
      id: 'drops-db-wait',
      breaks: 'database-wait',
      code: 'request-dropped',
      arrange: (bed) => bed.service(['drain-drops-db-wait']),
    },
    {
      id: 'idle-hangs',
      breaks: 'idle-exit',
      code: 'still-running',
      arrange: (bed) => bed.service(['idle-keepalive-hangs']),
    },
    {
      id: 'without-keep-alive-hangs',
      breaks: 'idle-exit',
      code: 'still-running',
      arrange: (bed) => bed.service(['no-keep-alive', 'sigterm-ignored']),
    },
    { id: 'exit-1', breaks: 'exit-code', code: 'wrong-exit-code', arrange: (bed) => bed.service(['sigterm-exit-1']) },
    { id: 'load-dropped', breaks: 'load', code: 'request-dropped', arrange: (bed) => bed.service(['no-drain']) },
    {
      id: 'load-answered-500',
      breaks: 'load',
      code: 'request-failed',
      arrange: (bed) => bed.service(['db-closed-before-drain']),
    },
    {
      id: 'pool-left-open',
      breaks: 'load',
      code: 'still-running',
      arrange: (bed) => bed.service(['pool-left-open']),
    },
  ],
})

/** A request in its body phase when the signal comes. */
async function bodyPhase(
  context: Context,
  instance: Instance,
  addresses: SourceAddresses,
  restAfterMs: number,
): Promise<Observation['early']> {
  const spec = await requestWithBody(context, instance)
  if (!spec) return null
  const request = `${spec.method} ${spec.path}`
  const first = await splitRequest(instance, spec, addresses.next(), 1)
  await context.clock.sleep(SETTLE_MS + restAfterMs, context.signal)
  const before = await first.finish(ANSWER_MS)
  const second = await splitRequest(instance, spec, addresses.next(), 2)
  await context.clock.sleep(SETTLE_MS, context.signal)
  const answeredEarly = second.answered()
  instance.signal('SIGTERM')
  await context.clock.sleep(restAfterMs, context.signal)
  const after = await second.finish(ANSWER_MS)
  return { request, restAfterMs, before, answeredEarly, after }
}

/** A request that waits on a database when the signal comes; the wait ends 1.5 s later. */
async function databaseWait(
  context: Context,
  instance: Instance,
  addresses: SourceAddresses,
): Promise<Observation['databaseWait']> {
  const databases = Object.entries(context.config.dependencies).filter(([, spec]) => spec.kind !== 'http')
  const [choice] = databases.flatMap(([name]) => readsTouching(context, name).map((spec) => ({ name, spec })))
  if (!choice) return null
  const dependency = dependencyOf(instance, choice.name)
  const play = async (atHeld: () => void): Promise<{ answer: Answer; held: number }> => {
    const heldBefore = dependency.counters().heldWhileFrozen
    await dependency.freeze()
    const pending = instance.http(requestFrom(instance, choice.spec, addresses.next(), ANSWER_MS))
    await waitUntil(context, HELD_WAIT_MS, () => dependency.counters().heldWhileFrozen > heldBefore)
    const held = dependency.counters().heldWhileFrozen - heldBefore
    atHeld()
    await context.clock.sleep(DATABASE_WAIT_MS, context.signal)
    await dependency.thaw()
    const { status, error } = await pending
    return { answer: { status, error }, held }
  }
  const before = await play(() => undefined)
  const after = await play(() => instance.signal('SIGTERM'))
  return {
    request: `${choice.spec.method} ${choice.spec.path}`,
    dependency: choice.name,
    waitMs: DATABASE_WAIT_MS,
    before: before.answer,
    held: after.held,
    after: after.answer,
  }
}

/** Nothing but an idle keep-alive connection when the signal comes; nothing at all where the service keeps none. */
async function idleExit(context: Context, instance: Instance): Promise<Observation['idle']> {
  const connection = await instance.connect()
  try {
    const path = context.config.probes.live ?? context.config.start?.ready ?? '/'
    await connection.write(
      `GET ${path} HTTP/1.1\r\nhost: ${instance.host}:${instance.port}\r\nconnection: keep-alive\r\n\r\n`,
    )
    const answered = await connection.waitFor((text) => statusOf(text) > 0 && text.includes('\r\n\r\n'), ANSWER_MS)
    const { closed } = await connection.waitForClose(SETTLE_MS)
    const received = connection.received()
    instance.signal('SIGTERM')
    return {
      status: statusOf(received),
      announcedClose: announcesClose(received),
      connectionOpen: answered && !closed,
      exit: await exitOf(instance, context.params.idleExitMsMax),
    }
  } finally {
    connection.destroy()
  }
}

async function exitOf(instance: Instance, withinMs: number): Promise<Observation['load']['exit']> {
  const exit = await instance.waitForExit(withinMs + SETTLE_MS)
  return exit && { code: exit.code, signal: exit.signal, afterMs: Math.round(exit.afterMs) }
}

/** A steady open-loop load of everything that only reads, slow requests among it, when the signal comes. */
async function underLoad(
  context: Context,
  instance: Instance,
  addresses: SourceAddresses,
): Promise<Observation['load']> {
  const declared = Object.values(context.config.requests).filter((spec) => spec.effect === 'read')
  const specs =
    declared.length > 0
      ? declared
      : [requestSpec({ path: context.config.probes.live ?? context.config.start?.ready ?? '/' })]
  const startedMs = context.clock.monotonicMs()
  const sent: { spec: RequestSpec; sentMs: number; answer: Promise<Answer & { endedMs: number }> }[] = []
  let signalledMs = Infinity
  const intervalMs = 1000 / context.params.loadRatePerS
  for (let index = 0; ; index++) {
    const dueMs = startedMs + index * intervalMs
    const waitMs = dueMs - context.clock.monotonicMs()
    if (waitMs > 0) await context.clock.sleep(waitMs, context.signal)
    const nowMs = context.clock.monotonicMs()
    if (nowMs - startedMs > LOAD_BEFORE_MS + LOAD_AFTER_MS || context.signal.aborted) break
    if (nowMs - startedMs > LOAD_BEFORE_MS && signalledMs === Infinity) {
      signalledMs = nowMs
      instance.signal('SIGTERM')
    }
    const spec = specs[index % specs.length] as RequestSpec
    const answer = instance
      .http(requestFrom(instance, spec, addresses.next(), ANSWER_MS))
      .then(({ status, error }) => ({ status, error, endedMs: context.clock.monotonicMs() }))
    sent.push({ spec, sentMs: nowMs, answer })
  }
  const rows = await Promise.all(
    sent.map(async ({ spec, sentMs, answer }) => ({ spec, atMs: Math.round(sentMs - signalledMs), ...(await answer) })),
  )
  const exit = await exitOf(instance, context.params.idleExitMsMax)
  const before = rows.filter((row) => row.atMs < -MOMENT_BEFORE_MS)
  const after = rows.filter((row) => row.atMs > MOMENT_AFTER_MS)
  const good = (row: (typeof rows)[number]): boolean => row.status === row.spec.expect
  const refused = (row: (typeof rows)[number]): boolean => row.error === 'ECONNREFUSED'
  const short = ({ status, error, atMs }: (typeof rows)[number]): Answer & { atMs: number } => ({ status, error, atMs })
  return {
    requests: rows.length,
    before: {
      sent: before.length,
      good: before.filter(good).length,
      failed: before
        // One that is declared to answer 503 is right when it does.
        .filter((row) => row.status === 0 || (row.status >= 500 && !good(row)))
        .slice(0, 20)
        .map(short),
    },
    after: {
      sent: after.length,
      refused: after.filter(refused).length,
      failed: rows
        .filter((row) =>
          row.status === 0
            ? row.atMs > MOMENT_AFTER_MS && !refused(row)
            : // Who was let in and answered was not refused by chance; 503 is what a service says that is closing.
              row.atMs >= -MOMENT_BEFORE_MS && row.status >= 500 && row.status !== 503 && !good(row),
        )
        .slice(0, 20)
        .map(short),
    },
    drainedAfterMs: Math.max(
      0,
      ...rows.filter((row) => !refused(row)).map((row) => Math.round(row.endedMs - signalledMs)),
    ),
    exit,
  }
}

/** A declared request that writes, else the sign-in, else anything described that takes a body. */
async function requestWithBody(context: Context, instance: Instance): Promise<RequestSpec | null> {
  const declared = Object.values(context.config.requests).find(
    (spec) => spec.body !== undefined && spec.method !== 'GET',
  )
  if (declared) return declared
  const description = context.config.signIn ? null : (await findDescription(context, instance)).found
  const targets = jsonTargets(targetsOf(context, description ? operationsOf(description.doc) : []))
  return targets.find((target) => target.source === 'sign-in')?.spec ?? targets[0]?.spec ?? null
}
