import { CannotObserve, defineCheck, type HttpRequest, type Instance, needTestbed } from '@greengate/contracts'
import { allTargets } from '../../lib-http/all-targets.ts'
import { SourceAddresses, withInstance } from '../../lib-http/exchange.ts'
import { jsonTargets } from '../../lib-http/targets.ts'
import { control } from './control.ts'
import { judge, type Probe } from './judge.ts'

const LARGE_BYTES = 20 * 1024 * 1024
const TIMEOUT_MS = 30_000

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
      if (!target) throw new CannotObserve('no-request-with-a-body', 'No request with a body is known.', 'Declare one in `requests`, or `signIn`, or serve an OpenAPI description.')
      const prepared = instance.prepare(target.spec)
      const place = `${target.spec.method} ${target.spec.path}`
      const small = await instance.http({ ...prepared, from: sources.next() })
      const rssBeforeBytes = await instance.rssBytes()
      const probes: Probe[] = []
      for (const chunked of [false, true]) {
        const answer = await sendLarge(instance, { ...prepared, from: sources.next() }, chunked)
        probes.push({ place, chunked, sentBytes: LARGE_BYTES, status: answer.status, error: answer.error, durationMs: Math.round(answer.durationMs) })
      }
      const rssAfterBytes = await instance.rssBytes()
      const alive = await instance.http({ ...prepared, from: sources.next() })
      return { data: { small: { place, status: small.status }, probes, rssBeforeBytes, rssAfterBytes, aliveStatus: alive.status }, exercised: { requests: probes.length + 2, bytes: probes.length * LARGE_BYTES } }
    })
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    { id: 'no-limit', breaks: 'content-length', code: 'large-body-accepted', arrange: (bed) => bed.service(['no-body-limit']) },
    { id: 'announced-length-only', breaks: 'chunked', code: 'large-body-accepted', arrange: (bed) => bed.service(['body-limit-content-length-only']) },
    { id: 'fails', breaks: 'content-length', code: 'large-body-crashes', arrange: (bed) => bed.service(['body-limit-5xx']) },
  ],
})

/** Well-formed JSON, so that nothing but its size is wrong with it. */
function sendLarge(instance: Instance, request: HttpRequest, chunked: boolean) {
  const body = new Uint8Array(LARGE_BYTES).fill(0x61)
  body.set(new TextEncoder().encode('{"name":"'), 0)
  body.set(new TextEncoder().encode('"}'), LARGE_BYTES - 2)
  const headers = Object.fromEntries(Object.entries(request.headers ?? {}).filter(([name]) => name.toLowerCase() !== 'content-type'))
  return instance.http({ ...request, body, chunked, timeoutMs: TIMEOUT_MS, headers: { ...headers, 'content-type': 'application/json' } })
}
