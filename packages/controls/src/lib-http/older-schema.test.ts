import type { Json } from '@greengate/contracts'
import { describe, expect, it } from 'vitest'
import { fromOlderSchema } from './older-schema.ts'
import { BodySchemas } from './schema-validation.ts'

const OWNER = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] }

function errors(schema: Json, value: unknown, version = '3.0.3'): string[] | null {
  const swagger = version.startsWith('2')
  const doc = swagger
    ? { swagger: version, definitions: { Owner: OWNER, Asked: schema } }
    : { openapi: version, components: { schemas: { Owner: OWNER, Asked: schema } } }
  const pointer = swagger ? '#/definitions/Asked' : '#/components/schemas/Asked'
  const shared = new BodySchemas(doc).errors({ $ref: pointer }, value)
  // In the place of the answer it means the same as among the shared ones.
  expect(new BodySchemas(doc).errors(schema, value)).toEqual(shared)
  return shared
}

describe('schemas of OpenAPI 3.0', () => {
  const owner = { $ref: '#/components/schemas/Owner' }

  it.each(['allOf', 'anyOf', 'oneOf'])('lets null in beside %s, and what is described', (keyword) => {
    const item = { type: 'object', properties: { owner: { nullable: true, [keyword]: [owner] } } }
    expect(errors(item, { owner: null })).toEqual([])
    expect(errors(item, { owner: { name: 'x' } })).toEqual([])
    expect(errors(item, { owner: {} })).not.toEqual([])
    expect(errors(item, { owner: 7 })).not.toEqual([])
  })
  it('lets null in beside a type, and nothing else', () => {
    expect(errors({ type: 'string', nullable: true }, null)).toEqual([])
    expect(errors({ type: 'string', nullable: true }, 7)).toEqual(['/ must be string,null'])
    expect(errors({ type: 'string', nullable: false }, null)).toEqual(['/ must be string'])
    expect(errors({ type: 'string' }, null)).toEqual(['/ must be string'])
  })
  it('lets null in beside the values of an enum', () => {
    const colour = { type: 'string', nullable: true, enum: ['red', 'green'] }
    expect(errors(colour, null)).toEqual([])
    expect(errors(colour, 'red')).toEqual([])
    expect(errors(colour, 'blue')).not.toEqual([])
  })
  it('reads nullable where no type is given', () => {
    expect(errors({ nullable: true }, { any: 'thing' })).toEqual([])
    expect(errors({ nullable: false, properties: { a: { type: 'string' } } }, { a: 1 })).toEqual(['/a must be string'])
  })
  it('takes bounds as exclusive where they are', () => {
    const price = { type: 'number', minimum: 0, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: true }
    expect(errors(price, 3)).toEqual([])
    expect(errors(price, 0)).toEqual(['/ must be > 0'])
    expect(errors(price, 9)).toEqual(['/ must be < 9'])
    expect(errors({ type: 'number', minimum: 0, exclusiveMinimum: false }, 0)).toEqual([])
    expect(errors({ type: 'number', minimum: 0, exclusiveMinimum: false }, -1)).toEqual(['/ must be >= 0'])
    expect(errors({ type: 'number', exclusiveMinimum: true }, -1)).toEqual([])
  })
  it('does not count what stands beside a $ref', () => {
    const property = { ...owner, required: ['more'], description: 'its owner' }
    expect(errors({ type: 'object', properties: { owner: property } }, { owner: { name: 'x' } })).toEqual([])
  })
  it('reads schemas at any depth', () => {
    const list = { type: 'array', items: { allOf: [{ additionalProperties: { type: 'string', nullable: true } }] } }
    expect(errors(list, [{ a: null }])).toEqual([])
    expect(errors(list, [{ a: 1 }])).not.toEqual([])
  })
  it('leaves values alone that look like schemas, and properties with the names of keywords', () => {
    const kind = { enum: [{ type: 'file', nullable: true }], default: { $ref: 'x', other: 1 } }
    expect(fromOlderSchema(kind)).toEqual(kind)
    const named = { type: 'object', properties: { nullable: { type: 'boolean' }, $ref: { type: 'string' } } }
    expect(fromOlderSchema(named)).toEqual(named)
    expect(errors(named, { nullable: true, $ref: 'x' })).toEqual([])
    expect(errors(named, { nullable: 'yes' })).toEqual(['/nullable must be boolean'])
  })
  it('still says that a schema can not be read', () => {
    expect(errors({ type: 'strnig' }, 'x')).toBeNull()
  })
})

it('reads schemas of Swagger 2', () => {
  const item = {
    type: 'object',
    properties: {
      owner: { 'x-nullable': true, allOf: [{ $ref: '#/definitions/Owner' }] },
      cents: { type: 'integer', minimum: 0, exclusiveMinimum: true },
    },
  }
  expect(errors(item, { owner: null, cents: 1 }, '2.0')).toEqual([])
  expect(errors(item, { owner: {}, cents: 1 }, '2.0')).not.toEqual([])
  expect(errors(item, { owner: null, cents: 0 }, '2.0')).toEqual(['/cents must be > 0'])
  expect(errors({ type: 'file' }, 'a,b', '2.0')).toEqual([])
})

it('leaves schemas of OpenAPI 3.1 as they are', () => {
  const item = { type: 'object', properties: { cents: { type: ['integer', 'null'], exclusiveMinimum: 0 } } }
  expect(errors(item, { cents: null }, '3.1.0')).toEqual([])
  expect(errors(item, { cents: 0 }, '3.1.0')).toEqual(['/cents must be > 0'])
  const narrowed = { $ref: '#/components/schemas/Owner', required: ['more'] }
  expect(errors(narrowed, { name: 'x' }, '3.1.0')).not.toEqual([])
})
