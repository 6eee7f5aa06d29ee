import { type CheckContext, type Instance, needTestbed } from '@greengate/contracts'
import { errorFields } from './envelope.ts'
import { findRegistry, type Registry } from './error-registry.ts'
import { withInstance } from './exchange.ts'
import { findDescription } from './find-openapi.ts'
import { provokeErrors } from './provoke.ts'
import { errorAnswers, type Survey } from './survey.ts'

const LINKS_MAX = 20

/** A help link that error answers gave; `status` null: it leads to a host that can't be asked from here. */
export interface HelpLink {
  readonly link: string
  readonly status: number | null
}

/** Everything that the ERR controls look at, seen on one instance. */
export interface ErrorSurvey {
  readonly survey: Survey
  readonly registry: Registry | null
  readonly help: HelpLink[]
}

interface Entry {
  readonly config: CheckContext['config']
  readonly result: Promise<ErrorSurvey>
}

/** One survey per testbed and configuration: four controls judge the same answers, and each provocation costs the service. */
const surveys = new WeakMap<object, Entry>()

/** The survey of this run; made by whoever asks first. A survey that failed or was cut short is nobody else's. */
export async function sharedSurvey(context: CheckContext): Promise<ErrorSurvey> {
  const testbed = needTestbed(context)
  const known = surveys.get(testbed)
  if (known?.config === context.config) {
    const shared = await known.result.catch(() => null)
    if (shared) return shared
    if (surveys.get(testbed) !== known) return sharedSurvey(context)
  }
  const entry: Entry = { config: context.config, result: makeSurvey(context) }
  surveys.set(testbed, entry)
  try {
    return await entry.result
  } catch (error) {
    if (surveys.get(testbed) === entry) surveys.delete(testbed)
    throw error
  }
}

async function makeSurvey(context: CheckContext): Promise<ErrorSurvey> {
  return withInstance(await needTestbed(context).boot({ purpose: 'errors provoked' }), async (instance) => {
    const description = await findDescription(context, instance)
    const registry = await findRegistry(context, instance, description.found?.doc ?? null)
    const survey = await provokeErrors(context, instance)
    const help = await resolveHelp(instance, survey)
    if (context.signal.aborted) throw new Error('The survey was cut short.')
    return { survey, registry, help }
  })
}

/** Follows the links to help as far as the service itself answers their paths. */
async function resolveHelp(instance: Instance, survey: Survey): Promise<HelpLink[]> {
  const links = new Set(errorAnswers(survey).map((exchange) => errorFields(exchange).help))
  const resolved: HelpLink[] = []
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
