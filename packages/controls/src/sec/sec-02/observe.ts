import { defineCheck, type HttpAnswer, type HttpRequest, needTestbed } from '@greengate/contracts'
import { SourceAddresses } from '../../lib-http/exchange.ts'
import { eachInTime, FURTHER_TIMEOUT_MS, furtherReads, jsonTargets, workingRead } from '../../lib-http/targets.ts'
import { allTargets } from '../../lib-http/all-targets.ts'
import { control } from './control.ts'
import { type Answer, judge } from './judge.ts'

const KEPT = [
  'content-type',
  'content-security-policy',
  'x-content-type-options',
  'x-frame-options',
  'strict-transport-security',
  'referrer-policy',
  'x-powered-by',
]
/** What the edge says, which ends TLS: frameworks send HSTS only where that was (RFC 6797, 7.2). */
const OVER_TLS = { 'x-forwarded-proto': 'https' }

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'read', quiet: false, timeoutMs: 120_000 },
  async observe(context) {
    const instance = await needTestbed(context).shared()
    const sources = new SourceAddresses(context.random)
    const targets = await allTargets(context, instance)
    const answers: Answer[] = []
    const send = (request: HttpRequest): Promise<HttpAnswer> =>
      instance.http({ ...request, headers: { ...request.headers, ...OVER_TLS }, from: sources.next() })
    const ask = async (on: Answer['on'], place: string, request: HttpRequest): Promise<void> => {
      answers.push(answerOf(on, place, await send(request)))
    }
    const read = await workingRead(context, instance, targets, sources.next())
    if (read) await ask('success', `GET ${read.target.spec.path}`, instance.prepare(read.target.spec))
    await ask('error', 'GET /<unknown>', { path: `/${context.random.hex(8)}`, headers: { accept: 'application/json' } })
    const [body] = jsonTargets(targets)
    if (body) {
      const prepared = instance.prepare(body.spec)
      await ask('error', `${body.spec.method} ${body.spec.path}, malformed`, {
        ...prepared,
        body: '{"broken"',
        headers: { ...prepared.headers, 'content-type': 'application/json' },
      })
    }
    const further = furtherReads(targets, read?.target ?? null)
    const late = await eachInTime(context, further.targets, async ({ spec, source }) => {
      const answer = await send({ ...instance.prepare(spec), timeoutMs: FURTHER_TIMEOUT_MS })
      const on = answer.status >= 400 ? 'error' : 'success'
      if (!hasContent(answer) || (source === 'home' && on === 'error')) return
      answers.push({ ...answerOf(on, `GET ${spec.path}`, answer), further: true })
    })
    return {
      data: { tls: instance.baseUrl.startsWith('https:'), answers, notAsked: further.leftOut + late },
      exercised: { requests: answers.length },
    }
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    { id: 'none', breaks: 'headers', code: 'header-missing', arrange: (bed) => bed.service(['no-security-headers']) },
    {
      id: 'none-on-errors',
      breaks: 'headers-on-errors',
      code: 'header-missing',
      arrange: (bed) => bed.service(['headers-missing-on-errors']),
    },
    {
      id: 'none-on-home-page',
      breaks: 'headers',
      code: 'header-missing',
      arrange: (bed) => bed.service(['headers-missing-on-home-page']),
    },
    { id: 'hsts-short', breaks: 'hsts', code: 'hsts-too-short', arrange: (bed) => bed.service(['hsts-too-short']) },
    {
      id: 'hsts-not-on-errors',
      breaks: 'hsts',
      code: 'header-missing',
      arrange: (bed) => bed.service(['hsts-missing-on-errors']),
    },
    { id: 'powered-by', breaks: 'powered-by', code: 'powered-by', arrange: (bed) => bed.service(['powered-by']) },
    { id: 'csp-unsafe', breaks: 'csp', code: 'csp-unsafe', arrange: (bed) => bed.service(['csp-unsafe']) },
  ],
})

function answerOf(on: Answer['on'], place: string, answer: HttpAnswer): Answer {
  const headers = Object.fromEntries(
    KEPT.flatMap((name) => (answer.headers[name] ? [[name, answer.headers[name].join(', ').slice(0, 1000)]] : [])),
  )
  return { on, place, further: false, status: answer.status, error: answer.error, headers }
}

/** An answer that a browser would do something with: not a redirect, and not an empty one. */
function hasContent({ status, body }: HttpAnswer): boolean {
  return body !== '' && ((status >= 200 && status < 300) || status >= 400)
}
