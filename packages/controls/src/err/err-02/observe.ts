import { defineCheck, type Instance, needTestbed } from '@greengate/contracts'
import { errorFields } from '../../lib-http/envelope.ts'
import { withInstance } from '../../lib-http/exchange.ts'
import { provokeErrors } from '../../lib-http/provoke.ts'
import { errorAnswers, type Survey } from '../../lib-http/survey.ts'
import { control } from './control.ts'
import { judge } from './judge.ts'

const LINKS_MAX = 20

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'fault', quiet: false, timeoutMs: 180_000 },
  async observe(context) {
    const testbed = needTestbed(context)
    return withInstance(await testbed.boot({ purpose: 'errors provoked' }), async (instance) => {
      const survey = await provokeErrors(context, instance)
      const help = await resolveHelp(instance, survey)
      return {
        data: { survey, help },
        exercised: { requests: survey.exchanges.length, errorAnswers: errorAnswers(survey).length },
      }
    })
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    {
      id: 'html-404',
      breaks: 'unknown-path',
      code: 'unknown-path-not-json',
      arrange: (bed) => bed.service(['html-404']),
    },
    {
      id: 'catch-all',
      breaks: 'unknown-path',
      code: 'unknown-path-answered',
      arrange: (bed) => bed.service(['catch-all-200']),
    },
    {
      id: 'malformed-without-envelope',
      breaks: 'envelope-400',
      code: 'no-error-object',
      arrange: (bed) => bed.service(['no-envelope-on-malformed']),
    },
    {
      id: 'method-without-envelope',
      breaks: 'envelope-405',
      code: 'no-error-object',
      arrange: (bed) => bed.service(['no-envelope-on-405']),
    },
    {
      id: 'size-without-envelope',
      breaks: 'envelope-413',
      code: 'no-error-object',
      arrange: (bed) => bed.service(['no-envelope-on-413']),
    },
    {
      id: 'fault-without-envelope',
      breaks: 'envelope-5xx',
      code: 'no-error-object',
      arrange: (bed) => bed.service(['no-envelope-on-503']),
    },
    {
      id: 'request-id-missing',
      breaks: 'envelope-404',
      code: 'request-id-missing',
      arrange: (bed) => bed.service(['request-id-missing-in-error']),
    },
    { id: 'help-missing', breaks: 'help', code: 'help-missing', arrange: (bed) => bed.service(['help-missing']) },
  ],
})

/** Follows the links to help as far as the service itself answers their paths. */
async function resolveHelp(instance: Instance, survey: Survey): Promise<{ link: string; status: number | null }[]> {
  const links = new Set(errorAnswers(survey).map((exchange) => errorFields(exchange).help))
  const resolved = []
  for (const link of [...links].filter((entry) => entry !== '' && entry !== 'about:blank').slice(0, LINKS_MAX)) {
    const url = URL.parse(link, instance.baseUrl)
    if (!url || !url.protocol.startsWith('http')) continue
    const own = url.host === new URL(instance.baseUrl).host
    const answer = await instance.http({
      path: `${url.pathname}${url.search}`,
      headers: { accept: 'text/html, application/json' },
    })
    const found = answer.status >= 200 && answer.status < 400
    resolved.push({ link: own ? `${url.pathname}${url.search}` : link, status: own || found ? answer.status : null })
  }
  return resolved
}
