import { type CheckContext, defineCheck, type HttpRequest, type Instance, needTestbed } from '@greengate/contracts'
import { allTargets } from '../../lib-http/all-targets.ts'
import { SourceAddresses, withInstance } from '../../lib-http/exchange.ts'
import { floodUntilLimited } from '../../lib-http/flood.ts'
import { signInSpec, workingRead } from '../../lib-http/targets.ts'
import { control } from './control.ts'
import { judge, type Route } from './judge.ts'

const API_MAX = 1000
const SIGN_IN_MAX = 120
const FLOOD_TIME_MS = 40_000
/** Bursts per header, and requests with and without it in each. */
const BURSTS = 2
const EACH = 6

/** Headers by which proxies name the caller, with a value for a made-up address; some let their own machine past. */
const FORGED: readonly { readonly header: string; readonly value: (address: string) => string }[] = [
  { header: 'x-forwarded-for', value: (address) => address },
  { header: 'x-forwarded-for', value: (address) => `${address}, 10.0.0.1` },
  { header: 'x-forwarded-for', value: () => '127.0.0.1' },
  { header: 'forwarded', value: (address) => `for=${address};proto=https` },
  { header: 'x-real-ip', value: (address) => address },
  { header: 'x-real-ip', value: () => '127.0.0.1' },
  { header: 'cf-connecting-ip', value: (address) => address },
  { header: 'true-client-ip', value: (address) => address },
  { header: 'x-client-ip', value: (address) => address },
  { header: 'fastly-client-ip', value: (address) => address },
  { header: 'x-cluster-client-ip', value: (address) => address },
  { header: 'x-forwarded', value: (address) => `for=${address}` },
  { header: 'x-originating-ip', value: (address) => address },
]

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'exhaust', quiet: false, timeoutMs: 180_000 },
  async observe(context) {
    const testbed = needTestbed(context)
    return withInstance(await testbed.boot({ purpose: 'limits dodged' }), async (instance) => {
      const sources = new SourceAddresses(context.random)
      const read = await workingRead(context, instance, await allTargets(context, instance), sources.next(), {
        orStart: false,
      })
      let api: Route | null = null
      if (read) {
        const request = { ...instance.prepare(read.target.spec), from: sources.next() }
        api = await dodge(context, instance, `GET ${read.target.spec.path}`, () => request, API_MAX, 8)
      }
      const signIn = context.config.signIn ? await dodgeSignIn(context, instance, sources) : null
      const rounds = (api?.headers.length ?? 0) + (signIn?.headers.length ?? 0)
      return {
        data: { api, signIn, signInDeclared: context.config.signIn !== undefined },
        exercised: { requests: (api?.sent ?? 0) + (signIn?.sent ?? 0), rounds },
      }
    })
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    {
      id: 'forwarded-for',
      breaks: 'api',
      code: 'limit-dodged',
      arrange: (bed) => bed.service(['forwarded-for-trusted']),
    },
    {
      id: 'variants',
      breaks: 'api',
      code: 'limit-dodged',
      arrange: (bed) => bed.service(['forwarded-variants-trusted']),
    },
  ],
})

/** First with a name of its own in each attempt, so that the address is what is limited; else with one name throughout. */
async function dodgeSignIn(context: CheckContext, instance: Instance, sources: SourceAddresses): Promise<Route | null> {
  const attempt = (from: string, username: () => string) => (): HttpRequest => {
    const spec = signInSpec(context, username(), 'not-the-password')
    return { ...(spec ? instance.prepare(spec) : { path: '/' }), from }
  }
  const place = `${context.config.signIn?.method ?? ''} ${context.config.signIn?.path ?? ''}`
  const byAddress = await dodge(
    context,
    instance,
    place,
    attempt(sources.next(), () => `gg-${context.random.hex(6)}`),
    SIGN_IN_MAX,
    1,
  )
  if (byAddress.firstLimited > 0) return byAddress
  const name = `gg-${context.random.hex(6)}`
  const byAccount = await dodge(
    context,
    instance,
    place,
    attempt(sources.next(), () => name),
    SIGN_IN_MAX,
    1,
  )
  return { ...byAccount, perAccount: true }
}

async function dodge(
  context: CheckContext,
  instance: Instance,
  place: string,
  request: () => HttpRequest,
  requestsMax: number,
  parallel: number,
): Promise<Route> {
  const flood = await floodUntilLimited(context, instance, {
    request,
    requestsMax,
    timeLimitMs: FLOOD_TIME_MS,
    parallel,
  })
  const headers: Route['headers'] = []
  if (flood.firstLimited > 0) {
    for (const { header, value } of FORGED) {
      const seen = { plainSent: 0, plainThrough: 0, forgedSent: 0, forgedThrough: 0 }
      let sample = ''
      for (let burst = 0; burst < BURSTS && !context.signal.aborted; burst++) {
        const octet = (): number => 1 + Math.floor(context.random.next() * 250)
        const mixed = shuffled(context, [...Array(EACH).fill(true), ...Array(EACH).fill(false)] as boolean[])
        // At once and in no order: what the limit gives back meanwhile goes to either kind alike.
        const statuses = await Promise.all(
          mixed.map(async (forged) => {
            const plain = request()
            if (!forged) return { forged, status: (await instance.http(plain)).status }
            const sent = value(`198.51.${octet()}.${octet()}`)
            sample ||= sent
            const { status } = await instance.http({ ...plain, headers: { ...plain.headers, [header]: sent } })
            return { forged, status }
          }),
        )
        for (const { forged, status } of statuses) {
          // A service that fails at that moment has neither let through nor held back.
          if (status === 0 || status >= 500) continue
          const through = status === 429 ? 0 : 1
          if (forged) {
            seen.forgedSent += 1
            seen.forgedThrough += through
          } else {
            seen.plainSent += 1
            seen.plainThrough += through
          }
        }
      }
      headers.push({ header, value: sample, ...seen })
    }
  }
  return { request: place, sent: flood.sent, firstLimited: flood.firstLimited, perAccount: false, headers }
}

function shuffled<T>(context: CheckContext, items: T[]): T[] {
  for (let index = items.length - 1; index > 0; index--) {
    const other = Math.floor(context.random.next() * (index + 1))
    const kept = items[index] as T
    items[index] = items[other] as T
    items[other] = kept
  }
  return items
}
