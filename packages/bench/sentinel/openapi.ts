import { lacks } from './defects.ts'
import { REGISTRY, type ErrorCode } from './errors.ts'

const ERRORS_EVERYWHERE: readonly ErrorCode[] = ['malformed_request', 'rate_limited', 'internal']

/** The description of every route. Written by hand beside the routes; a test holds them equal. */
export function openapi(base: string): unknown {
  if (lacks('openapi-invalid'))
    return { openapi: '3.1.0', info: { title: 'sentinel' }, paths: { 'api/items': { get: { responses: 'yes' } } } }
  return {
    openapi: lacks('openapi-older') ? '3.0.3' : '3.1.0',
    info: { title: 'Sentinel', version: '0.1.0', description: 'A small service that does everything right.' },
    servers: [{ url: base }],
    paths: paths(),
    components: {
      schemas: schemas(),
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  }
}

function paths(): Record<string, unknown> {
  return {
    '/health': {
      get: operation(
        'health',
        'The process lives.',
        ok(object({ status: { type: 'string', enum: ['ok'] } }), { status: 'ok' }),
        [],
      ),
    },
    '/ready': {
      get: operation('ready', 'It can serve.', ok(object({ ready: { type: 'boolean' } }), { ready: true }), [
        'unavailable',
      ]),
    },
    ...(lacks('no-metrics') ? {} : { '/metrics': { get: operation('metrics', 'Metrics.', text(), []) } }),
    '/openapi.json': { get: operation('openapi', 'This description.', ok({ type: 'object' }, {}), []) },
    '/errors': {
      get: operation('errors', 'All errors.', ok(object({ codes: { type: 'object' } }), { codes: {} }), []),
    },
    '/errors/{id}': {
      parameters: [pathParameter({ type: 'string' }, 'not_found')],
      get: operation('errorHelp', 'What one error means.', ok(ref('ErrorHelp'), errorHelp()), ['not_found']),
    },
    '/api/items': {
      get: operation(
        'listItems',
        'The last 100 items.',
        ok(object({ items: { type: 'array', items: listed() } }), { items: [item()] }),
        ['unavailable'],
      ),
      post: operation(
        'addItem',
        'Adds an item.',
        {
          '201': {
            description: 'Added.',
            headers: { location: { schema: { type: 'string' } } },
            content: json(ref('Item'), item()),
          },
        },
        [
          'unauthenticated',
          'forbidden',
          'conflict',
          'payload_too_large',
          'unsupported_media_type',
          'validation_failed',
          'unavailable',
        ],
        {
          security: [{ token: [] }],
          requestBody: { required: true, content: json(ref('NewItem'), { name: 'a pencil' }) },
        },
      ),
    },
    '/api/items/{id}': {
      parameters: [pathParameter({ type: 'integer', minimum: 1 }, 1)],
      get: operation('getItem', 'One item.', ok(ref('Item'), item()), ['not_found', 'unavailable']),
      delete: operation(
        'removeItem',
        'Removes an item.',
        { '204': { description: 'Removed.' } },
        ['unauthenticated', 'forbidden', 'not_found', 'unavailable'],
        {
          security: [{ token: [] }],
        },
      ),
    },
    '/api/slow': {
      get: operation(
        'slow',
        'Waits for the database.',
        ok(object({ waitedMs: { type: 'integer' } }), { waitedMs: 1500 }),
        ['unavailable'],
      ),
    },
    '/api/prices': {
      get: operation(
        'prices',
        'Prices, the last known ones if need be.',
        ok(ref('Prices'), { prices: [{ sku: 'basic', cents: 500 }], isFallback: true }),
        [],
      ),
    },
    '/api/sign-in': {
      post: operation(
        'signIn',
        'Signs in.',
        ok(object({ username: { type: 'string' } }), { username: 'admin' }),
        ['unauthenticated', 'payload_too_large', 'unsupported_media_type', 'validation_failed', 'unavailable'],
        {
          requestBody: {
            required: true,
            content: json(ref('SignIn'), { username: 'somebody', password: 'not-a-password' }),
          },
        },
      ),
    },
  }
}

/** An item as a list names it; the way of 3.0 to say that it may be null is none of JSON Schema. */
function listed(): unknown {
  return lacks('openapi-older') ? { nullable: true, allOf: [ref('Item')] } : ref('Item')
}

function schemas(): Record<string, unknown> {
  return {
    Item: object({ id: { type: 'integer' }, name: { type: 'string' } }),
    NewItem: object({ name: { type: 'string', minLength: 1, maxLength: 200 } }),
    Prices: object({
      prices: { type: 'array', items: object({ sku: { type: 'string' }, cents: { type: 'integer' } }) },
      isFallback: { type: 'boolean' },
    }),
    SignIn: object({ username: { type: 'string', maxLength: 200 }, password: { type: 'string', maxLength: 200 } }),
    ErrorHelp: object({
      code: { type: 'string' },
      status: { type: 'integer' },
      message: { type: 'string' },
      help: { type: 'string' },
    }),
    Error: object({
      error: object({
        code: { type: 'string', enum: Object.keys(REGISTRY) },
        message: { type: 'string' },
        details: { type: 'object' },
        request_id: { type: 'string' },
        help: { type: 'string', format: 'uri' },
      }),
    }),
  }
}

function operation(
  id: string,
  summary: string,
  answers: Record<string, unknown>,
  errors: readonly ErrorCode[],
  rest: Record<string, unknown> = {},
): unknown {
  const responses: Record<string, unknown> = { ...answers }
  for (const code of [...ERRORS_EVERYWHERE, ...errors]) {
    const { status, message } = REGISTRY[code]
    const example = {
      error: {
        code,
        message,
        details: {},
        request_id: '7f1c1a52-6c0a-4d6e-9a53-5d3b0c8a9f11',
        help: `/errors/${code}`,
      },
    }
    responses[String(status)] = { description: message, content: json(ref('Error'), example) }
  }
  return { operationId: id, summary, responses, ...rest }
}

function ok(schema: unknown, example: unknown): Record<string, unknown> {
  return { '200': { description: 'As asked.', content: json(schema, example) } }
}

function text(): Record<string, unknown> {
  return { '200': { description: 'As asked.', content: { 'text/plain': { schema: { type: 'string' } } } } }
}

function json(schema: unknown, example: unknown): unknown {
  return { 'application/json': { schema, example } }
}

function object(properties: Record<string, unknown>): unknown {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false }
}

function ref(name: string): unknown {
  return { $ref: `#/components/schemas/${name}` }
}

function pathParameter(schema: unknown, example: unknown): unknown {
  return { name: 'id', in: 'path', required: true, schema, example }
}

function item(): unknown {
  return { id: 1, name: 'a pencil' }
}

function errorHelp(): unknown {
  return { code: 'not_found', status: 404, message: REGISTRY.not_found.message, help: '/errors/not_found' }
}
