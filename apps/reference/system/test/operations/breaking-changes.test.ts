// Goal: a change of an API that callers would trip over is told, and one that they would not notice is not.
// Method: a small description as the kit writes it, changed in one place at a time.
import { describe, expect, it } from 'vitest'
import { breakingChanges } from '../../src/contract/breaking-changes.ts'
import { readDescription } from '../../src/contract/description.ts'

interface Answer {
  description: string
  content: { 'application/json': { schema: Record<string, unknown> } }
}

function document() {
  const json = (schema: Record<string, unknown>): Answer => ({
    description: 'It',
    content: { 'application/json': { schema } },
  })
  const order = {
    type: 'object',
    required: ['id', 'status', 'note'],
    properties: {
      id: { type: 'string' } as Record<string, unknown>,
      status: { type: 'string', enum: ['open', 'paid'] } as Record<string, unknown>,
      note: { anyOf: [{ type: 'string' }, { type: 'null' }] } as Record<string, unknown>,
      lines: { type: 'array', items: { type: 'object', properties: { sku: { type: 'string' } } } } as Record<
        string,
        unknown
      >,
    } as Record<string, Record<string, unknown>>,
  }
  const take = {
    type: 'object',
    required: ['sku'],
    additionalProperties: false,
    properties: {
      sku: { type: 'string', maxLength: 40 },
      count: { type: 'number' },
      kind: { type: 'string', enum: ['new', 'used'] },
    } as Record<string, Record<string, unknown>>,
  }
  const post = {
    security: [{ bearer: [] }] as unknown[],
    parameters: [{ name: 'dry_run', in: 'query', required: false, schema: { type: 'boolean' } }],
    requestBody: { required: true, content: { 'application/json': { schema: take } } },
    responses: {
      201: json(order),
      409: json({ $ref: '#/components/schemas/Error' }),
    } as Record<string, Answer>,
  }
  const get = { security: [] as unknown[], parameters: [] as unknown[], responses: { 200: json(order) } }
  const paths: Record<string, Record<string, unknown>> = { '/v1/orders': { post }, '/v1/orders/{id}': { get } }
  return {
    order,
    take,
    post,
    get,
    whole: {
      openapi: '3.1.0',
      paths,
      components: { schemas: { Error: { type: 'object', required: ['error'], properties: { error: {} } } } },
    },
  }
}
type Parts = ReturnType<typeof document>

function changes(change: (parts: Parts) => void): readonly string[] {
  const after = document()
  change(after)
  return breakingChanges(readDescription(document().whole), readDescription(after.whole))
}

describe('nobody trips over', () => {
  it.each<[string, (parts: Parts) => void]>([
    ['no change', () => {}],
    ['a new route', ({ whole }) => (whole.paths['/v1/more'] = { get: { responses: {} } })],
    ['a new field of an answer', ({ order }) => (order.properties['more'] = { type: 'string' })],
    ['a new field that may be sent', ({ take }) => (take.properties['more'] = { type: 'string' })],
    ['a new parameter that may be sent', ({ get }) => get.parameters.push({ name: 'x', in: 'query', schema: {} })],
    ['a new error', ({ post }) => (post.responses['429'] = { ...post.responses['409']! })],
    ['more that is taken', ({ take }) => Object.assign(take.properties['kind']!, { enum: ['new', 'used', 'other'] })],
    ['longer text that is taken', ({ take }) => Object.assign(take.properties['sku']!, { maxLength: 80 })],
    ['what may be null never being null', ({ order }) => (order.properties['note'] = { type: 'string' })],
    ['a protected route that is public now', ({ post }) => post.security.pop()],
  ])('%s', (_what, change) => expect(changes(change)).toEqual([]))
})

describe('callers trip over', () => {
  it.each<[string, (parts: Parts) => void, string]>([
    ['a path that is gone', ({ whole }) => delete whole.paths['/v1/orders/{id}'], 'GET /v1/orders/{id} is gone'],
    ['a route that is no longer public', ({ get }) => get.security.push({}), 'GET /v1/orders/{id} is no longer public'],
    [
      'a field that must be sent now',
      ({ take }) => take.required.push('count'),
      'POST /v1/orders: body: count must be sent now',
    ],
    [
      'a field that is no longer taken',
      ({ take }) => delete take.properties['count'],
      'POST /v1/orders: body: count is gone',
    ],
    [
      'another type of a field',
      ({ take }) => (take.properties['count'] = { type: 'integer' }),
      'POST /v1/orders: body: count: number is no longer taken',
    ],
    [
      'a value that is no longer taken',
      ({ take }) => Object.assign(take.properties['kind']!, { enum: ['new'] }),
      'POST /v1/orders: body: kind: "used" is no longer taken',
    ],
    [
      'a tighter limit',
      ({ take }) => Object.assign(take.properties['sku']!, { maxLength: 20 }),
      'POST /v1/orders: body: sku: maxLength is 20 now and takes less than before',
    ],
    [
      'a new pattern',
      ({ take }) => Object.assign(take.properties['sku']!, { pattern: '^[A-Z]+$' }),
      'POST /v1/orders: body: sku: pattern is "^[A-Z]+$" now and takes less than before',
    ],
    [
      'a parameter that must be given',
      ({ get }) => get.parameters.push({ name: 'x', in: 'query', required: true, schema: {} }),
      'GET /v1/orders/{id}: query parameter x must be given now',
    ],
    [
      'a parameter that is gone',
      ({ post }) => post.parameters.pop(),
      'POST /v1/orders: query parameter dry_run is gone',
    ],
    ['an answer that is gone', ({ post }) => delete post.responses['409'], 'POST /v1/orders: the answer 409 is gone'],
    [
      'a field of an answer that is gone',
      ({ order }) => delete order.properties['lines'],
      'GET /v1/orders/{id}: 200: lines is gone',
    ],
    [
      'a field of an answer that may be missing',
      ({ order }) => order.required.shift(),
      'GET /v1/orders/{id}: 200: id may be missing now',
    ],
    [
      'a field of an answer that may be null',
      ({ order }) => (order.properties['id'] = { anyOf: [{ type: 'string' }, { type: 'null' }] }),
      'GET /v1/orders/{id}: 200: id: may be null now',
    ],
    [
      'a value that nobody has seen before',
      ({ order }) => Object.assign(order.properties['status']!, { enum: ['open', 'paid', 'void'] }),
      'GET /v1/orders/{id}: 200: status: may be "void" now',
    ],
    [
      'a field inside of a list',
      ({ order }) => (order.properties['lines'] = { type: 'array', items: { type: 'object', properties: {} } }),
      'GET /v1/orders/{id}: 200: lines: each item: sku is gone',
    ],
    [
      'a field of a shared schema',
      ({ whole }) => (whole.components.schemas.Error.required = []),
      'POST /v1/orders: 409: error may be missing now',
    ],
    [
      'another kind of content',
      ({ post }) => Object.assign(post.responses['201']!, { content: {} }),
      'POST /v1/orders: 201: application/json is gone',
    ],
  ])('%s', (_what, change, told) => expect(changes(change)).toContain(told))

  it('what is no description at all', () => {
    expect(() => readDescription({ openapi: '2.0', paths: {} })).toThrow('3.1')
    const after = document()
    Object.assign(after.post.responses['409']!.content['application/json'].schema, { $ref: '#/components/schemas/No' })
    expect(() => breakingChanges(readDescription(document().whole), readDescription(after.whole))).toThrow(
      'leads nowhere',
    )
  })
})
