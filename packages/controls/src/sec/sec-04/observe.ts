import { CannotObserve, defineCheck, needTestbed } from '@greengate/contracts'
import { SourceAddresses, withInstance } from '../../lib-http/exchange.ts'
import { floodUntilLimited, limitHeaders } from '../../lib-http/flood.ts'
import { workingRead } from '../../lib-http/targets.ts'
import { allTargets } from '../../lib-http/all-targets.ts'
import { control } from './control.ts'
import { judge } from './judge.ts'

const REQUESTS_MAX = 1000
const TIME_LIMIT_MS = 60_000
const PARALLEL = 8

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'exhaust', quiet: false, timeoutMs: 120_000 },
  async observe(context) {
    const testbed = needTestbed(context)
    return withInstance(await testbed.boot({ purpose: 'flooded from one address' }), async (instance) => {
      const sources = new SourceAddresses(context.random)
      const read = await workingRead(context, instance, await allTargets(context, instance), sources.next(), {
        orStart: false,
      })
      if (!read)
        throw new CannotObserve(
          'no-working-request',
          'No declared read request answers as it should.',
          'Declare one in `requests`, with the status it answers in `expect`.',
        )
      const request = { ...instance.prepare(read.target.spec), from: sources.next() }
      const flood = await floodUntilLimited(context, instance, {
        request: () => request,
        requestsMax: REQUESTS_MAX,
        timeLimitMs: TIME_LIMIT_MS,
        parallel: PARALLEL,
      })
      return {
        data: {
          request: `GET ${read.target.spec.path}`,
          sent: flood.sent,
          statuses: flood.statuses,
          firstLimited: flood.firstLimited,
          durationMs: flood.durationMs,
          firstHeaders: limitHeaders(flood.first),
          limitedHeaders: limitHeaders(flood.limited),
        },
        exercised: { requests: flood.sent },
      }
    })
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    { id: 'no-limit', breaks: 'limited', code: 'no-limit', arrange: (bed) => bed.service(['no-rate-limit']) },
    {
      id: 'no-retry-after',
      breaks: 'retry-after',
      code: 'retry-after-missing',
      arrange: (bed) => bed.service(['rate-limit-no-retry-after']),
    },
    {
      id: 'no-fields',
      breaks: 'ratelimit-fields',
      code: 'ratelimit-fields-missing',
      arrange: (bed) => bed.service(['rate-limit-no-headers']),
    },
  ],
})
