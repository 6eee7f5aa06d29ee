import type { Json } from '@greengate/contracts'
import { isNode } from './openapi.ts'

/** Keywords that can refuse null by themselves, whatever `type` lets in. */
const OF_VALUES = ['enum', 'allOf', 'anyOf', 'oneOf', 'not']
const OF_ONE = ['items', 'additionalProperties', 'not']
const OF_MANY = ['allOf', 'anyOf', 'oneOf']

/**
 * A schema of OpenAPI 3.0 or Swagger 2 as JSON Schema: `nullable` (and Swagger's `x-nullable`) lets null in, bounds are
 * exclusive by a number, beside `$ref` nothing counts, and `file` is no type. Values (`enum`, `default`, `example`) stay as
 * they are. What it can't read stays as it is, too, for the validator to refuse.
 */
export function fromOlderSchema(schema: Json): Json {
  if (!isNode(schema)) return schema
  if (typeof schema['$ref'] === 'string') return { $ref: schema['$ref'] }
  const { nullable, 'x-nullable': vendorNullable, ...rest } = schema
  const converted: Record<string, Json> = { ...rest }
  for (const name of OF_ONE) {
    if (converted[name] !== undefined) converted[name] = fromOlderSchema(converted[name])
  }
  for (const name of OF_MANY) {
    const parts = converted[name]
    if (Array.isArray(parts)) converted[name] = (parts as readonly Json[]).map(fromOlderSchema)
  }
  if (converted['properties'] !== undefined) converted['properties'] = fromOlderSchemas(converted['properties'])
  exclusive(converted, 'minimum', 'exclusiveMinimum')
  exclusive(converted, 'maximum', 'exclusiveMaximum')
  if (converted['type'] === 'file') delete converted['type']
  return nullable === true || vendorNullable === true ? orNull(converted) : converted
}

/** Named schemas: `components.schemas`, `definitions`, `properties`. */
export function fromOlderSchemas(schemas: Json): Json {
  if (!isNode(schemas)) return schemas
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, fromOlderSchema(schema)]))
}

/** `"minimum": 0, "exclusiveMinimum": true` is `"exclusiveMinimum": 0`; without a bound there is nothing to exclude. */
function exclusive(schema: Record<string, Json>, bound: string, flag: string): void {
  const excludes = schema[flag]
  if (typeof excludes !== 'boolean') return
  delete schema[flag]
  const limit = schema[bound]
  if (!excludes || limit === undefined) return
  schema[flag] = limit
  delete schema[bound]
}

function orNull(schema: Record<string, Json>): Json {
  if (OF_VALUES.some((name) => schema[name] !== undefined)) return { anyOf: [{ type: 'null' }, schema] }
  // Without a type null is let in already.
  return typeof schema['type'] === 'string' ? { ...schema, type: [schema['type'], 'null'] } : schema
}
