import { defineCheck, type HttpRequest, needTestbed } from '@greengate/contracts'
import { SourceAddresses } from '../../lib-http/exchange.ts'
import { jsonTargets, workingRead } from '../../lib-http/targets.ts'
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

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'read', quiet: false, timeoutMs: 60_000 },
  async observe(context) {
    const instance = await needTestbed(context).shared()
    const sources = new SourceAddresses(context.random)
    const targets = await allTargets(context, instance)
    const answers: Answer[] = []
    const ask = async (on: Answer['on'], place: string, request: HttpRequest): Promise<void> => {
      const answer = await instance.http({ ...request, from: sources.next() })
      const headers = Object.fromEntries(
        KEPT.flatMap((name) => (answer.headers[name] ? [[name, answer.headers[name].join(', ').slice(0, 1000)]] : [])),
      )
      answers.push({ on, place, status: answer.status, error: answer.error, headers })
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
    return { data: { answers }, exercised: { requests: answers.length } }
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
    { id: 'powered-by', breaks: 'powered-by', code: 'powered-by', arrange: (bed) => bed.service(['powered-by']) },
    { id: 'csp-unsafe', breaks: 'csp', code: 'csp-unsafe', arrange: (bed) => bed.service(['csp-unsafe']) },
  ],
})
