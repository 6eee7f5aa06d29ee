import { CannotObserve, defineCheck, type HttpRequest, needTestbed } from '@greengate/contracts'
import { allTargets } from '../../lib-http/all-targets.ts'
import { SourceAddresses, withInstance } from '../../lib-http/exchange.ts'
import { sendLargeBody } from '../../lib-http/large-body.ts'
import { jsonTargets } from '../../lib-http/targets.ts'
import { control } from './control.ts'
import { judge, type Probe } from './judge.ts'

/** A little more than 20 MiB, which some services set as their limit: a body that is exactly at it is let in by right. */
const LARGE_BYTES = 20 * 1024 * 1024 + 64 * 1024

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'exhaust', quiet: false, timeoutMs: 180_000 },
  async observe(context) {
    const testbed = needTestbed(context)
    return withInstance(await testbed.boot({ purpose: 'large bodies' }), async (instance) => {
      const sources = new SourceAddresses(context.random)
      const targets = jsonTargets(await allTargets(context, instance))
      const [target] = targets
      if (!target)
        throw new CannotObserve(
          'no-request-with-a-body',
          'No request with a body is known.',
          'Declare one in `requests`, or `signIn`, or serve an OpenAPI description.',
        )
      const prepare = (n: number): HttpRequest => ({
        ...instance.prepare(target.spec, 400_000 + n),
        from: sources.next(),
      })
      const place = `${target.spec.method} ${target.spec.path}`
      const small = await instance.http(prepare(0))
      const rssBeforeBytes = await instance.rssBytes()
      const probes: Probe[] = []
      for (const chunked of [false, true]) {
        const answer = await sendLargeBody(context, instance, prepare(chunked ? 2 : 1), { bytes: LARGE_BYTES, chunked })
        probes.push({
          place,
          chunked,
          sentBytes: answer.sentBytes,
          status: answer.status,
          error: answer.error,
          durationMs: Math.round(answer.durationMs),
        })
      }
      const rssAfterBytes = await instance.rssBytes()
      const alive = await instance.http(prepare(3))
      return {
        data: {
          small: { place, status: small.status },
          probes,
          rssBeforeBytes,
          rssAfterBytes,
          aliveStatus: alive.status,
        },
        exercised: { requests: probes.length + 2, bytes: probes.reduce((sum, probe) => sum + probe.sentBytes, 0) },
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
      id: 'fails',
      breaks: 'content-length',
      code: 'large-body-crashes',
      arrange: (bed) => bed.service(['body-limit-5xx']),
    },
  ],
})
