import {
  type CheckContext,
  defineCheck,
  type HttpRequest,
  type Instance,
  type LogLine,
  needTestbed,
} from '@greengate/contracts'
import { readsTouching, requestFrom } from '../../lib-boot/dependencies.ts'
import { SourceAddresses, waitUntil, withInstance } from '../../lib-http/exchange.ts'
import { findDescription } from '../../lib-http/find-openapi.ts'
import { allTargets } from '../../lib-http/all-targets.ts'
import { filledKeys, parseRecord, saysField, writtenLines } from '../../lib-http/log-records.ts'
import { operationsOf } from '../../lib-http/openapi.ts'
import { jsonTargets, targetsOf } from '../../lib-http/targets.ts'
import { sendTagged, type TaggedRequest } from '../../lib-http/tagged-traffic.ts'
import { control } from './control.ts'
import { judge, LINES_MIN, type Observation } from './judge.ts'

const REQUESTS = 60
const FLUSH_TIMEOUT_MS = 3_000
/** How long a service that says nothing gets to say what failed. */
const COMPLAINT_TIMEOUT_MS = 12_000
const COMPLAINTS = 6
const ODD_REQUESTS_MAX = 16
/** So many of the last requests may still be in a logger's buffer: 4 KiB of lines, as several loggers gather. */
const BUFFERED_MAX = 20
const KINDS = ['read', 'identified', 'probe', 'unknown', 'broken'] as const

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'destroy', quiet: false, timeoutMs: 240_000 },
  async observe(context) {
    const testbed = needTestbed(context)
    return withInstance(await testbed.boot({ purpose: 'log read' }), async (instance) => {
      // Looked for before: what is asked to find them carries no id.
      const targets = await allTargets(context, instance)
      const before = instance.logs().length
      const sent = await sendTagged(context, instance, targets, REQUESTS)
      await flushed(context, instance, sent)
      const served = instance.logs().slice(before)
      const faults = writtenLines(instance.logs()).length < LINES_MIN ? await provokeComplaints(context, instance) : 0
      const all = writtenLines(instance.logs())
      const stdout = all.filter((line) => line.stream === 'stdout')
      const isJson = (line: LogLine): boolean => parseRecord(line.text) !== null
      const json = all.filter(isJson).length
      const data: Observation = {
        lines: {
          total: all.length,
          json,
          stdout: stdout.length,
          stdoutJson: stdout.filter(isJson).length,
          dropped: instance.logsDropped(),
        },
        otherLines: all
          .filter((line) => !isJson(line))
          .slice(0, 5)
          .map((line) => line.text.slice(0, 160)),
        sent: sent.filter((request) => request.status > 0).length,
        kinds: kindsOf(served, sent),
        unlinked: unlinkedOf(served, sent),
        records: recordsOf(served, sent),
      }
      return { data, exercised: { requests: sent.length, lines: all.length, faults } }
    })
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    { id: 'text-logs', breaks: 'json', code: 'not-json', arrange: (bed) => bed.service(['text-logs']) },
    {
      id: 'fields-missing',
      breaks: 'fields',
      code: 'field-missing',
      arrange: (bed) => bed.service(['log-fields-missing']),
    },
    {
      id: 'successes-not-logged',
      breaks: 'fields',
      code: 'no-request-record',
      arrange: (bed) => bed.service(['successes-not-logged']),
    },
    {
      id: 'identified-not-logged',
      breaks: 'actor',
      code: 'no-request-record',
      arrange: (bed) => bed.service(['successes-not-logged']),
    },
    { id: 'on-stderr', breaks: 'stdout', code: 'not-on-stdout', arrange: (bed) => bed.service(['logs-on-stderr']) },
    { id: 'no-actor', breaks: 'actor', code: 'actor-missing', arrange: (bed) => bed.service(['actor-not-logged']) },
  ],
})

/** Waits until everything that was sent is in the log, or the time is up. */
async function flushed(context: CheckContext, instance: Instance, sent: readonly TaggedRequest[]): Promise<void> {
  await waitUntil(context, FLUSH_TIMEOUT_MS, () => {
    const lines = instance.logs()
    return sent.every((request) => lines.some((line) => isAbout(line, request)))
  })
}

/** Whether a line names the request: by its id or by the word that only its path holds. */
function isAbout(line: LogLine, request: TaggedRequest): boolean {
  return line.text.includes(request.id) || (request.pathMark !== '' && line.text.includes(request.pathMark))
}

function kindsOf(lines: readonly LogLine[], sent: readonly TaggedRequest[]): Observation['kinds'] {
  const recorded = sent.map((request) => lines.some((line) => isAbout(line, request)))
  const settled = Math.max(recorded.lastIndexOf(true) + 1, sent.length - BUFFERED_MAX)
  return KINDS.map((kind) => {
    const served = kind === 'read' || kind === 'identified'
    const indices = sent
      .slice(0, settled)
      .flatMap((request, index) =>
        request.kind === kind && (served ? request.served : request.status > 0) ? [index] : [],
      )
    return { kind, answered: indices.length, recorded: indices.filter((index) => recorded[index]).length }
  })
}

/** Lines about requests, none of which can be told: they say how long it took, or its method and status. */
function unlinkedOf(lines: readonly LogLine[], sent: readonly TaggedRequest[]): Observation['unlinked'] {
  const keys = lines
    .filter((line) => !sent.some((request) => isAbout(line, request)))
    .flatMap((line) => {
      const record = parseRecord(line.text)
      return record ? [filledKeys(record)] : []
    })
    .filter(
      (names) =>
        saysField(names, 'duration') ||
        (names.some((name) => /method$/i.test(name)) && names.some((name) => /status|code$/i.test(name))),
    )
  return { lines: keys.length, withActor: keys.filter((names) => saysField(names, 'actor')).length }
}

/**
 * What logs nothing while all is well logs what fails: sends what a careless route stumbles over, takes each dependency
 * away, and stops it in the middle of that. Returns how often something was provoked.
 */
async function provokeComplaints(context: CheckContext, instance: Instance): Promise<number> {
  const addresses = new SourceAddresses(context.random)
  const quiet = (): boolean => writtenLines(instance.logs()).length < LINES_MIN && !context.signal.aborted
  let provoked = 0
  for (const request of (await oddRequests(context, instance)).slice(0, ODD_REQUESTS_MAX)) {
    if (!quiet()) break
    await instance.http({ ...request, from: addresses.next() })
    provoked += 1
  }
  await waitUntil(context, FLUSH_TIMEOUT_MS / 3, () => !quiet())
  const asked: Promise<unknown>[] = []
  try {
    for (const dependency of instance.dependencies.values()) {
      if (!quiet()) break
      const [spec] = readsTouching(context, dependency.name)
      await dependency.refuse()
      provoked += 1
      for (let index = 0; spec && index < COMPLAINTS; index++)
        asked.push(instance.http(requestFrom(instance, spec, addresses.next(), COMPLAINT_TIMEOUT_MS)))
      await waitUntil(context, COMPLAINT_TIMEOUT_MS / 2, () => !quiet())
    }
    if (quiet()) {
      // The last that can be asked of it: what it says to being stopped in the middle of it.
      instance.signal('SIGTERM')
      provoked += 1
      await waitUntil(context, COMPLAINT_TIMEOUT_MS / 2, () => !quiet() || !instance.running())
    }
  } finally {
    for (const dependency of instance.dependencies.values()) await dependency.restore()
    await Promise.all(asked)
  }
  return provoked
}

/** A byte that no database stores as text in every path parameter, and bodies that are not JSON. */
async function oddRequests(context: CheckContext, instance: Instance): Promise<HttpRequest[]> {
  const { found } = await findDescription(context, instance)
  const targets = targetsOf(context, found ? operationsOf(found.doc) : [])
  const paths = targets
    .filter((target) => target.spec.method === 'GET' && target.operation?.path.includes('{') === true)
    .map((target) => ({
      ...instance.prepare(target.spec),
      path: (target.operation?.path ?? '/').replaceAll(/\{[^}]+\}/g, '%00'),
    }))
  const bodies = jsonTargets(targets).map((target) => {
    const prepared = instance.prepare(target.spec)
    return {
      ...prepared,
      body: '{"broken": [1, 2',
      headers: { ...prepared.headers, 'content-type': 'application/json' },
    }
  })
  return [...paths, ...bodies.slice(0, ODD_REQUESTS_MAX / 4)]
}

/** The lines about each request, put together: by its id, else by its path, else by their shape. */
function recordsOf(lines: readonly LogLine[], sent: readonly TaggedRequest[]): Observation['records'] {
  const parsed = lines.map((line) => ({ ...line, record: parseRecord(line.text) }))
  const records: Observation['records'] = []
  for (const request of sent) {
    const byId = parsed.filter((line) => line.record && line.text.includes(request.id))
    const byPath =
      request.pathMark === '' ? [] : parsed.filter((line) => line.record && line.text.includes(request.pathMark))
    const found = byId.length > 0 ? byId : byPath
    const [first] = found
    if (!first) continue
    records.push({
      foundBy: byId.length > 0 ? 'id' : 'path',
      identified: request.identified,
      stream: found.some((line) => line.stream === 'stdout') ? 'stdout' : 'stderr',
      keys: [...new Set(found.flatMap((line) => (line.record ? filledKeys(line.record) : [])))],
    })
  }
  if (records.length > 0) return records
  // A service that takes no ids from outside still says method and status of what it served.
  return parsed
    .filter(
      (line) =>
        line.record &&
        /"(?:http\.|req(?:uest)?\.)?method"/.test(line.text) &&
        /"(?:\w*\.)?(?:status|statusCode|status_code)"/.test(line.text),
    )
    .slice(0, REQUESTS)
    .map((line) => ({
      foundBy: 'shape',
      identified: false,
      stream: line.stream,
      keys: line.record ? filledKeys(line.record) : [],
    }))
}
