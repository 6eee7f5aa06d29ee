import {
  type CheckContext,
  defineCheck,
  type HttpAnswer,
  type HttpRequest,
  type Instance,
  type Json,
  needTestbed,
  type RequestSpec,
} from '@greengate/contracts'
import { createdId } from '../../lib-http/created-things.ts'
import { headerOf, requestSpec, SourceAddresses, withInstance } from '../../lib-http/exchange.ts'
import { findDescription } from '../../lib-http/find-openapi.ts'
import { fillPath, isJsonType, type Operation, operationsOf, pathFits, responseFor } from '../../lib-http/openapi.ts'
import { BodySchemas } from '../../lib-http/schema-validation.ts'
import { signInSpec } from '../../lib-http/targets.ts'
import { control } from './control.ts'
import { type Answer, judge, type Observation } from './judge.ts'

const OPERATIONS_MAX = 200
/** Makers first, so that what they made can be read; removers last. */
const ORDER = ['POST', 'PUT', 'GET', 'HEAD', 'PATCH', 'DELETE']

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'write', quiet: false, timeoutMs: 180_000 },
  async observe(context) {
    const testbed = needTestbed(context)
    return withInstance(await testbed.boot({ purpose: 'answers held against the description' }), async (instance) => {
      const { found } = await findDescription(context, instance)
      if (!found)
        return {
          data: { description: null, described: [], exercised: [], answers: [], unreadableSchemas: [] },
          exercised: { requests: 1 },
        }
      const operations = operationsOf(found.doc)
        .filter((operation) => ORDER.includes(operation.method))
        .slice(0, OPERATIONS_MAX)
        .toSorted((a, b) => ORDER.indexOf(a.method) - ORDER.indexOf(b.method))
      const exercise = new Exercise(context, instance, new BodySchemas(found.doc))
      for (const operation of operations) {
        if (context.signal.aborted) break
        await exercise.operation(operation)
      }
      const data: Observation = {
        description: found.path,
        described: operations.map(nameOf),
        exercised: [...exercise.succeeded],
        answers: exercise.answers,
        unreadableSchemas: [...exercise.unreadable],
      }
      return {
        data,
        exercised: {
          requests: data.answers.length,
          operations: data.exercised.length,
          validated: data.answers.filter((answer) => answer.validated).length,
        },
      }
    })
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    {
      id: 'body',
      breaks: 'body',
      code: 'body-not-conforming',
      arrange: (bed) => bed.service(['answer-not-conforming']),
    },
    {
      id: 'body-described-in-3.0',
      breaks: 'body',
      code: 'body-not-conforming',
      arrange: (bed) => bed.service(['openapi-older', 'answer-not-conforming']),
    },
    {
      id: 'status',
      breaks: 'status',
      code: 'status-not-documented',
      arrange: (bed) => bed.service(['answer-undocumented-status']),
    },
  ],
})

function nameOf(operation: Operation): string {
  return `${operation.method} ${operation.path}`
}

class Exercise {
  readonly answers: Answer[] = []
  readonly succeeded = new Set<string>()
  readonly unreadable = new Set<string>()
  readonly #context: CheckContext
  readonly #instance: Instance
  readonly #schemas: BodySchemas
  readonly #sources: SourceAddresses
  readonly #ids = new Map<string, string>()

  constructor(context: CheckContext, instance: Instance, schemas: BodySchemas) {
    this.#context = context
    this.#instance = instance
    this.#schemas = schemas
    this.#sources = new SourceAddresses(context.random)
  }

  /** Its example, what the configuration declares of it, and what it says without an identity and to a broken body. */
  async operation(operation: Operation): Promise<void> {
    const spec = this.#exampleOf(operation)
    const asked = await this.#asSomebody(operation, spec)
    const declared = Object.values(this.#context.config.requests).filter(
      (entry) => entry.method === operation.method && pathFits(operation.path, entry.path),
    )
    for (const entry of declared.slice(0, 3))
      await this.#send(operation, 'declared request', this.#instance.prepare(entry, 600_000 + this.answers.length))
    const signIn = this.#context.config.signIn
    if (signIn?.user && signIn.method === operation.method && pathFits(operation.path, signIn.path)) {
      const right = signInSpec(this.#context, signIn.user.username, signIn.user.password)
      if (right) await this.#send(operation, 'sign-in', this.#instance.prepare(right))
    }
    if (operation.secured) await this.#send(operation, 'no identity', this.#instance.prepare({ ...spec, as: '' }))
    if (operation.requestTypes.length > 0 && operation.requestTypes.every(isJsonType)) {
      await this.#send(operation, 'malformed body', {
        ...asked,
        body: '{"broken"',
        headers: { ...asked.headers, 'content-type': 'application/json' },
      })
    }
  }

  /** The example as one identity after another, until one may. Returns the last request. */
  async #asSomebody(operation: Operation, spec: RequestSpec): Promise<HttpRequest> {
    const identities = operation.secured ? [...Object.keys(this.#context.config.identities), ''] : ['']
    let request = this.#instance.prepare(spec)
    for (const as of identities) {
      request = this.#instance.prepare({ ...spec, as })
      const answer = await this.#send(operation, 'example', request)
      if (answer.status !== 401 && answer.status !== 403) break
    }
    return request
  }

  #exampleOf(operation: Operation): RequestSpec {
    const id = this.#ids.get(operation.path.replace(/\/\{[^}]+\}$/, ''))
    const method = operation.method as RequestSpec['method']
    const path = id === undefined ? fillPath(operation) : operation.path.replace(/\{[^}]+\}$/, id)
    const hasJson = operation.requestTypes.some(isJsonType)
    const probe = Object.values(this.#context.config.probes).includes(operation.path)
    return requestSpec({
      method,
      path,
      headers: probe ? this.#context.config.probes.headers : {},
      ...(hasJson ? { body: (operation.requestExample ?? {}) as Exclude<RequestSpec['body'], undefined> } : {}),
    })
  }

  async #send(operation: Operation, sent: string, request: HttpRequest): Promise<HttpAnswer> {
    const answer = await this.#instance.http({ ...request, from: this.#sources.next() })
    if (answer.status >= 200 && answer.status < 400) this.succeeded.add(nameOf(operation))
    if (operation.method === 'POST') {
      const id = createdId(answer)
      if (id !== '') this.#ids.set(operation.path, id)
    }
    const documented = responseFor(operation, answer.status)
    const contentType = headerOf(answer, 'content-type')
    const schema = documented ? schemaFor(documented.types, contentType) : null
    const checked =
      schema !== null && !answer.truncated && answer.body !== ''
        ? this.#validate(operation, schema, contentType, answer.body)
        : null
    this.answers.push({
      operation: nameOf(operation),
      sent,
      status: answer.status,
      error: answer.error,
      contentType,
      hasBody: answer.body !== '',
      documentedBy: documented?.key ?? '',
      documentedTypes: Object.keys(documented?.types ?? {}),
      validated: checked !== null,
      schemaErrors: checked ?? [],
    })
    return answer
  }

  #validate(operation: Operation, schema: Json, contentType: string, body: string): string[] | null {
    let value: unknown = body
    if (isJsonType(contentType)) {
      try {
        value = JSON.parse(body)
      } catch {
        return ['/ is not JSON']
      }
    }
    const errors = this.#schemas.errors(schema, value)
    if (errors === null) this.unreadable.add(nameOf(operation))
    return errors
  }
}

/** The schema of the media type that was answered; null without one. */
function schemaFor(types: Readonly<Record<string, Json | null>>, contentType: string): Json | null {
  const base = contentType.split(';')[0]?.trim().toLowerCase() ?? ''
  for (const [type, schema] of Object.entries(types)) {
    const want = type.split(';')[0]?.trim()
    if (want === base || want === '*/*' || (want?.endsWith('/*') === true && base.startsWith(want.slice(0, -1))))
      return schema
  }
  return null
}
