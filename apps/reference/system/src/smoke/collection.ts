import { z } from 'zod'
import { type Assertion, parseAssertion } from './assertion.ts'

const eventSchema = z.object({
  listen: z.enum(['test', 'prerequest']),
  script: z.object({ type: z.literal('text/javascript'), exec: z.array(z.string()) }),
})

const requestSchema = z.object({
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']),
  url: z.string(),
  header: z.array(z.object({ key: z.string(), value: z.string() })).default([]),
  body: z.object({ mode: z.literal('raw'), raw: z.string() }).optional(),
})

const itemSchema = z.object({
  name: z.string(),
  request: requestSchema,
  event: z.array(eventSchema).default([]),
})

const collectionSchema = z.object({
  info: z.object({
    name: z.string(),
    schema: z.literal('https://schema.getpostman.com/json/collection/v2.1.0/collection.json'),
  }),
  item: z.array(z.object({ name: z.string(), event: z.array(eventSchema).default([]), item: z.array(itemSchema) })),
  variable: z.array(z.object({ key: z.string(), value: z.string() })).default([]),
})

/** One request and what its answer must be like. */
export interface SmokeRequest {
  readonly folder: string
  readonly name: string
  readonly method: string
  /** With `{{variables}}` in it, as in the headers and the body. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  readonly assertions: readonly Assertion[]
  /** Sent only when this variable is `yes`; null: always. */
  readonly onlyWith: string | null
}

export interface SmokeCollection {
  readonly name: string
  readonly variables: Readonly<Record<string, string>>
  readonly requests: readonly SmokeRequest[]
}

/** The one thing a script may do before a request, for Postman the same as for us. */
const SKIP = /^if \(pm\.collectionVariables\.get\("(\w+)"\) !== "yes"\) pm\.execution\.skipRequest\(\);$/

type Events = readonly z.infer<typeof eventSchema>[]

function linesOf(events: Events, listen: 'test' | 'prerequest'): readonly string[] {
  return events.filter((event) => event.listen === listen).flatMap((event) => event.script.exec)
}

function conditionOf(events: Events): string | null {
  const conditions = linesOf(events, 'prerequest').map((line) => {
    const variable = SKIP.exec(line)?.[1]
    if (variable === undefined) throw new SyntaxError(`not a line that the runner understands: ${line}`)
    return variable
  })
  if (conditions.length > 1) throw new SyntaxError('a request has one condition at most')
  return conditions[0] ?? null
}

/**
 * Reads a collection in Postman's format 2.1: folders with requests, of which each says what its answer must be like.
 * @param text the file
 * @throws ZodError, SyntaxError for what the runner would not do as Postman does
 */
export function readCollection(text: string): SmokeCollection {
  const { info, item, variable } = collectionSchema.parse(JSON.parse(text))
  const requests = item.flatMap((folder) =>
    folder.item.map(({ name, request, event }) => {
      const assertions = linesOf(event, 'test').map(parseAssertion)
      if (!assertions.some((one) => one.kind === 'status')) throw new SyntaxError(`${name} does not say its status`)
      if (event.some((one) => one.listen === 'prerequest') || linesOf(folder.event, 'test').length > 0)
        throw new SyntaxError(`${name}: conditions belong to a folder, tests to a request`)
      return {
        folder: folder.name,
        name,
        method: request.method,
        url: request.url,
        headers: Object.fromEntries(request.header.map(({ key, value }) => [key.toLowerCase(), value])),
        body: request.body?.raw ?? null,
        assertions,
        onlyWith: conditionOf(folder.event),
      }
    }),
  )
  return { name: info.name, variables: Object.fromEntries(variable.map((one) => [one.key, one.value])), requests }
}

/** @throws RangeError for a variable that nobody gave a value */
export function filledIn(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_whole, name: string) => {
    const value = variables.get(name)
    if (value === undefined || value === '') throw new RangeError(`${name} has no value`)
    return value
  })
}
