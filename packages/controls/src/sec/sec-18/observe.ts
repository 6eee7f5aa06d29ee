import {
  CannotObserve,
  type CheckContext,
  defineCheck,
  type HttpRequest,
  type Instance,
  needTestbed,
} from '@greengate/contracts'
import { allTargets } from '../../lib-http/all-targets.ts'
import { requestSpec, SourceAddresses, withInstance } from '../../lib-http/exchange.ts'
import { sendLargeBody } from '../../lib-http/large-body.ts'
import { eachInTime, jsonTargets, type Target } from '../../lib-http/targets.ts'
import { control } from './control.ts'
import { judge, type Probe } from './judge.ts'

/** A little more than 20 MiB, which some services set as their limit: a body that is exactly at it is let in by right. */
const LARGE_BYTES = 20 * 1024 * 1024 + 64 * 1024
/** Requests beside the first that large bodies are sent to, and how long all of them may take. */
const FURTHER_MAX = 10
const FURTHER_TIME_MS = 60_000

/** Of the sentinel: what has a limit, and then a sign-in that succeeds. */
const ADD_AND_SIGN_IN = {
  add: requestSpec({ method: 'POST', path: '/api/items', as: 'client', effect: 'write', body: { name: 'pen {n}' } }),
  signIn: requestSpec({
    method: 'POST',
    path: '/api/sign-in',
    effect: 'write',
    body: { username: 'admin', password: '{secret:ADMIN_PASSWORD}' },
  }),
}

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'exhaust', quiet: false, timeoutMs: 180_000 },
  async observe(context) {
    const testbed = needTestbed(context)
    return withInstance(await testbed.boot({ purpose: 'large bodies' }), async (instance) => {
      const sources = new SourceAddresses(context.random)
      const targets = jsonTargets(await allTargets(context, instance))
      const [target, ...others] = targets
      if (!target)
        throw new CannotObserve(
          'no-request-with-a-body',
          'No request with a body is known.',
          'Declare one in `requests`, or `signIn`, or serve an OpenAPI description.',
        )
      let n = 400_000
      const prepare = ({ spec }: Target): HttpRequest => ({ ...instance.prepare(spec, n++), from: sources.next() })
      const place = placeOf(target)
      const small = await instance.http(prepare(target))
      const rssBeforeBytes = await instance.rssBytes()
      const probes = await largeBodies(context, instance, () => prepare(target), {
        place,
        further: false,
        smallStatus: small.status,
      })
      const rssAfterBytes = await instance.rssBytes()
      const further = others.slice(0, FURTHER_MAX)
      const ask = async (other: Target): Promise<void> => {
        const { status } = await instance.http(prepare(other))
        const about = { place: placeOf(other), further: true, smallStatus: status }
        probes.push(...(await largeBodies(context, instance, () => prepare(other), about)))
      }
      const late = await eachInTime(context, further, ask, FURTHER_TIME_MS)
      const alive = await instance.http(prepare(target))
      return {
        data: {
          small: { place, status: small.status },
          probes,
          rssBeforeBytes,
          rssAfterBytes,
          aliveStatus: alive.status,
          largeBytes: LARGE_BYTES,
          notAsked: others.length - further.length + late,
        },
        exercised: {
          requests: probes.length + 2 + further.length - late,
          bytes: probes.reduce((sum, probe) => sum + probe.sentBytes, 0),
        },
      }
    })
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    {
      id: 'no-limit',
      breaks: 'content-length',
      code: 'large-body-accepted',
      arrange: (bed) => bed.service(['no-body-limit']),
    },
    {
      id: 'announced-length-only',
      breaks: 'chunked',
      code: 'large-body-accepted',
      arrange: (bed) => bed.service(['body-limit-content-length-only']),
    },
    {
      id: 'no-limit-on-one-route',
      breaks: 'chunked',
      code: 'large-body-accepted',
      arrange: (bed) => bed.service(['no-body-limit-on-sign-in'], { config: { requests: ADD_AND_SIGN_IN } }),
    },
    {
      id: 'fails',
      breaks: 'content-length',
      code: 'large-body-crashes',
      arrange: (bed) => bed.service(['body-limit-5xx']),
    },
  ],
})

/** A large body with its length announced, and one in chunks. */
async function largeBodies(
  context: CheckContext,
  instance: Instance,
  request: () => HttpRequest,
  about: Pick<Probe, 'place' | 'further' | 'smallStatus'>,
): Promise<Probe[]> {
  const probes: Probe[] = []
  for (const chunked of [false, true]) {
    const answer = await sendLargeBody(context, instance, request(), { bytes: LARGE_BYTES, chunked })
    probes.push({
      ...about,
      chunked,
      sentBytes: answer.sentBytes,
      status: answer.status,
      error: answer.error,
      durationMs: Math.round(answer.durationMs),
    })
  }
  return probes
}

function placeOf({ spec }: Target): string {
  return `${spec.method} ${spec.path}`
}
