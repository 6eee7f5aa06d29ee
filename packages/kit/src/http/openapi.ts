import { z } from 'zod'
import type { ErrorAnswers } from '../errors/envelope.ts'
import { ServiceError } from '../errors/service-error.ts'
import { type AnyRoute, commonErrors } from './route.ts'
import { streamAsRoute, type StreamDescription, type StreamRoute } from './stream-route.ts'

type Json = Record<string, unknown>

export interface ApiInfo {
  readonly title: string
  readonly version: string
  readonly description: string
}

const EXAMPLE_ID = '7f9c24e8-3b12-4ef1-9f0a-0f6d1c2b3a4d'

const errorSchema = {
  type: 'object',
  required: ['error'],
  additionalProperties: false,
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'details', 'request_id', 'help'],
      additionalProperties: false,
      properties: {
        code: { type: 'string', description: 'A code of GET /errors' },
        message: { type: 'string', description: 'What went wrong, for people' },
        details: {
          type: 'array',
          items: {
            type: 'object',
            required: ['field', 'problem'],
            additionalProperties: false,
            properties: { field: { type: 'string' }, problem: { type: 'string' } },
          },
        },
        request_id: { type: 'string', description: 'Correlation id of the request' },
        help: { type: 'string', description: 'Where the code is explained' },
      },
    },
  },
}

/** JSON Schema 2020-12 of a zod schema, as OpenAPI 3.1 embeds it. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io }) as Json
  return rest
}

function parametersOf(schema: z.ZodObject | undefined, where: 'path' | 'query'): Json[] {
  if (!schema) return []
  const { properties = {}, required = [] } = jsonSchemaOf(schema, 'input') as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, examples, ...inner }]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    ...(Array.isArray(examples) ? { example: examples[0] as unknown } : {}),
    schema: inner,
  }))
}

function errorResponses(route: AnyRoute, errors: ErrorAnswers): Record<string, Json> {
  const byStatus = new Map<number, string[]>()
  for (const code of commonErrors(route)) {
    const status = errors.registry[code]?.status
    if (status === undefined) throw new RangeError(`route ${route.id} names the unregistered error ${code}`)
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const responses: Record<string, Json> = {}
  for (const [status, codes] of byStatus) responses[String(status)] = errorResponse(codes, errors)
  return responses
}

function errorResponse(codes: readonly string[], errors: ErrorAnswers): Json {
  const entries = codes.map((code) => errors.of(new ServiceError(code), EXAMPLE_ID))
  const retry = entries.find((one) => one.headers['retry-after'] !== undefined)
  const retryHeader = {
    'Retry-After': {
      description: 'Seconds to wait',
      schema: { type: 'integer' },
      example: Number(retry?.headers['retry-after']),
    },
  }
  return {
    description: entries.map((one) => `\`${one.body.error.code}\`: ${one.body.error.message}`).join(' '),
    ...(retry ? { headers: retryHeader } : {}),
    content: {
      'application/json': {
        schema: { $ref: '#/components/schemas/Error' },
        examples: Object.fromEntries(entries.map((one) => [one.body.error.code, { value: one.body }])),
      },
    },
  }
}

function answerResponses(route: AnyRoute): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(route.answers).map(([status, answer]) => [
      status,
      {
        description: answer.description,
        ...(answer.schema
          ? {
              content: {
                [answer.contentType ?? 'application/json']: {
                  schema: jsonSchemaOf(answer.schema, 'output'),
                  ...(answer.example === undefined ? {} : { example: answer.example }),
                },
              },
            }
          : {}),
      },
    ]),
  )
}

function operationOf(route: AnyRoute, errors: ErrorAnswers): Json {
  const parameters = [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')]
  return {
    operationId: route.id,
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    tags: [route.tag],
    security: route.access === 'public' ? [] : [{ bearer: [] }],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body
      ? {
          requestBody: {
            required: !route.body.safeParse(undefined).success,
            content: {
              'application/json': {
                schema: jsonSchemaOf(route.body, 'input'),
                ...(route.bodyExample === undefined ? {} : { example: route.bodyExample }),
              },
            },
          },
        }
      : {}),
    ...(route.rawBody
      ? { requestBody: { required: true, content: { '*/*': { schema: { type: 'string', format: 'binary' } } } } }
      : {}),
    responses: { ...answerResponses(route), ...errorResponses(route, errors) },
  }
}

/** OpenAPI has no parameter of several segments: so many are written out. */
const SEGMENTS_MAX = 6

function pathsOf({ path }: StreamDescription): string[] {
  if (!path.endsWith('/*')) return [path]
  const prefix = path.slice(0, -2)
  return Array.from({ length: SEGMENTS_MAX }, (_, count) =>
    [prefix, ...Array.from({ length: count + 1 }, (_one, at) => `{segment${at + 1}}`)].join('/'),
  )
}

/** What a stream passes on: any answer, and the errors of this service. */
function streamOperations(stream: StreamRoute, errors: ErrorAnswers): [path: string, operations: Json][] {
  return (stream.described ?? []).flatMap((described) =>
    pathsOf(described).map((path): [string, Json] => [
      path,
      Object.fromEntries(
        described.methods.map((method) => [
          method.toLowerCase(),
          {
            operationId: `${stream.id}.${method.toLowerCase()}${path.replaceAll(/[^A-Za-z0-9]+/g, '.')}`,
            summary: described.summary,
            tags: ['stream'],
            security: [],
            parameters: [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => ({
              name,
              in: 'path',
              required: true,
              schema: { type: 'string' },
            })),
            responses: {
              ...errorResponses(
                { ...streamAsRoute(stream, 'POST'), errors: ['not_found', 'method_not_allowed'] },
                errors,
              ),
              default: { description: 'What the service behind answers' },
            },
          },
        ]),
      ),
    ]),
  )
}

/**
 * The OpenAPI 3.1 description of the routes there are.
 * @throws RangeError when a route names an error that is not registered
 */
export function openApiOf(
  info: ApiInfo,
  routes: readonly AnyRoute[],
  errors: ErrorAnswers,
  streams: readonly StreamRoute[] = [],
): Json {
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route, errors) }
  }
  for (const [path, operations] of streams.flatMap((stream) => streamOperations(stream, errors)))
    paths[path] = { ...operations, ...paths[path] }
  const tags = [...new Set([...routes.map((route) => route.tag), ...(streams.length > 0 ? ['stream'] : [])])].map(
    (name) => ({ name }),
  )
  return {
    openapi: '3.1.0',
    info,
    servers: [{ url: '/' }],
    tags,
    paths,
    components: {
      schemas: { Error: errorSchema },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'A session or service token' } },
    },
  }
}
