import { z } from 'zod'

/** A JSON Schema as OpenAPI 3.1 embeds it, as far as compatibility looks at it. */
export interface Schema {
  readonly [keyword: string]: unknown
}

const schemaSchema = z.record(z.string(), z.unknown())
const contentSchema = z.record(z.string(), z.object({ schema: schemaSchema.default({}) }))

const operationSchema = z.object({
  security: z.array(z.unknown()).default([]),
  parameters: z
    .array(z.object({ name: z.string(), in: z.string(), required: z.boolean().default(false), schema: schemaSchema }))
    .default([]),
  requestBody: z.object({ required: z.boolean().default(false), content: contentSchema }).optional(),
  responses: z.record(z.string(), z.object({ content: contentSchema.default({}) })),
})
export type Operation = z.infer<typeof operationSchema>

const descriptionSchema = z.object({
  openapi: z.string().startsWith('3.1'),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.object({ schemas: z.record(z.string(), schemaSchema).default({}) }).default({ schemas: {} }),
})

/** An OpenAPI description, as the kit serves it. */
export interface Description {
  /** `GET /v1/me` to what it takes and answers. */
  readonly operations: ReadonlyMap<string, Operation>
  /** What `$ref` leads to, name to schema. */
  readonly schemas: Readonly<Record<string, Schema>>
}

/**
 * Reads a description, of whatever it came from.
 * @throws ZodError for anything but OpenAPI 3.1
 */
export function readDescription(document: unknown): Description {
  const { paths, components } = descriptionSchema.parse(document)
  const operations = new Map<string, Operation>()
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods))
      operations.set(`${method.toUpperCase()} ${path}`, operation)
  }
  return { operations, schemas: components.schemas }
}

const REFERENCES_MAX = 20

/**
 * Follows `$ref` into the description's own schemas.
 * @throws RangeError for one that leads nowhere, or around in a circle
 */
export function resolved(schema: Schema, schemas: Readonly<Record<string, Schema>>): Schema {
  let now = schema
  for (let step = 0; step < REFERENCES_MAX; step += 1) {
    const reference = now['$ref']
    if (typeof reference !== 'string') return now
    const found = schemas[reference.replace('#/components/schemas/', '')]
    if (found === undefined) throw new RangeError(`${reference} leads nowhere`)
    now = found
  }
  throw new RangeError(`${String(schema['$ref'])} leads around in a circle`)
}
