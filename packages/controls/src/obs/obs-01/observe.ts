import { type CheckContext, defineCheck, type Instance, type LogLine, needTestbed } from '@greengate/contracts'
import { readsTouching, requestFrom } from '../../lib-boot/dependencies.ts'
import { SourceAddresses, waitUntil, withInstance } from '../../lib-http/exchange.ts'
import { filledKeys, parseRecord, writtenLines } from '../../lib-http/log-records.ts'
import { sendTagged, type TaggedRequest } from '../../lib-http/tagged-traffic.ts'
import { control } from './control.ts'
import { judge, LINES_MIN, type Observation } from './judge.ts'

const REQUESTS = 60
const FLUSH_TIMEOUT_MS = 3_000
/** How long a service that says nothing gets to say what failed. */
const COMPLAINT_TIMEOUT_MS = 12_000
const COMPLAINTS = 6

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'fault', quiet: false, timeoutMs: 120_000 },
  async observe(context) {
    const testbed = needTestbed(context)
    return withInstance(await testbed.boot({ purpose: 'log read' }), async (instance) => {
      const before = instance.logs().length
      const sent = await sendTagged(context, instance, REQUESTS)
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
    { id: 'on-stderr', breaks: 'stdout', code: 'not-on-stdout', arrange: (bed) => bed.service(['logs-on-stderr']) },
    { id: 'no-actor', breaks: 'actor', code: 'actor-missing', arrange: (bed) => bed.service(['actor-not-logged']) },
  ],
})

/** Waits until the last request is in the log, or nothing more comes for a while. */
async function flushed(context: CheckContext, instance: Instance, sent: readonly TaggedRequest[]): Promise<void> {
  const last = sent.at(-1)
  await waitUntil(context, FLUSH_TIMEOUT_MS, () =>
    instance.logs().some((line) => last !== undefined && line.text.includes(last.id)),
  )
}

/** What logs nothing while all is well logs what fails: takes each dependency away. Returns how many were. */
async function provokeComplaints(context: CheckContext, instance: Instance): Promise<number> {
  const addresses = new SourceAddresses(context.random)
  const dependencies = [...instance.dependencies.values()]
  for (const dependency of dependencies) {
    const specs = readsTouching(context, dependency.name)
    await dependency.refuse()
    try {
      const asked = Array.from({ length: specs.length > 0 ? COMPLAINTS : 0 }, (_, index) => {
        const spec = specs[index % specs.length]
        return spec && instance.http(requestFrom(instance, spec, addresses.next(), COMPLAINT_TIMEOUT_MS))
      })
      await waitUntil(context, COMPLAINT_TIMEOUT_MS, () => writtenLines(instance.logs()).length >= LINES_MIN)
      await dependency.restore()
      await Promise.all(asked)
    } finally {
      await dependency.restore()
    }
  }
  return dependencies.length
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
