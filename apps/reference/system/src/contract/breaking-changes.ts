import { type Description, type Operation, resolved, type Schema } from './description.ts'

/** Who reads what the schema describes: an answer is read by callers, a request by the service. */
type Side = 'request' | 'answer'

interface Place {
  readonly side: Side
  readonly where: string
  readonly depth: number
}

interface Both {
  readonly before: Description
  readonly after: Description
}

const DEPTH_MAX = 30

/**
 * What callers that work with one description of a service would trip over with the next: a route, a parameter, a field or
 * an answer that is gone, something new that they must send, a value that they may no longer send, one that they may now
 * be sent. What was only added for those who want it is none.
 *
 * @returns a sentence for each, empty when every caller goes on as before
 * @throws RangeError for a reference inside a description that leads nowhere
 */
export function breakingChanges(before: Description, after: Description): readonly string[] {
  const both = { before, after }
  return [...before.operations].flatMap(([name, operation]) => {
    const next = after.operations.get(name)
    if (!next) return [`${name} is gone`]
    return [
      ...accessChanges(name, operation, next),
      ...parameterChanges(name, operation, next, both),
      ...bodyChanges(name, operation, next, both),
      ...answerChanges(name, operation, next, both),
    ]
  })
}

function accessChanges(name: string, before: Operation, after: Operation): string[] {
  return before.security.length === 0 && after.security.length > 0 ? [`${name} is no longer public`] : []
}

function parameterChanges(name: string, before: Operation, after: Operation, both: Both): string[] {
  const key = (parameter: { in: string; name: string }): string => `${parameter.in} parameter ${parameter.name}`
  const known = new Map(before.parameters.map((one) => [key(one), one]))
  const now = new Map(after.parameters.map((one) => [key(one), one]))
  const gone = [...known.keys()].filter((one) => !now.has(one)).map((one) => `${name}: ${one} is gone`)
  const changed = [...now].flatMap(([what, parameter]) => {
    const old = known.get(what)
    const place: Place = { side: 'request', where: `${name}: ${what}`, depth: 0 }
    return [
      ...(parameter.required && !old?.required ? [`${name}: ${what} must be given now`] : []),
      ...(old ? schemaChanges(old.schema, parameter.schema, place, both) : []),
    ]
  })
  return [...gone, ...changed]
}

function bodyChanges(name: string, before: Operation, after: Operation, both: Both): string[] {
  const [old, next] = [before.requestBody, after.requestBody]
  if (!next) return old ? [`${name}: takes no body any more`] : []
  if (!old) return next.required ? [`${name}: a body must be sent now`] : []
  return [
    ...(next.required && !old.required ? [`${name}: a body must be sent now`] : []),
    ...contentChanges(old.content, next.content, { side: 'request', where: `${name}: body`, depth: 0 }, both),
  ]
}

function answerChanges(name: string, before: Operation, after: Operation, both: Both): string[] {
  return Object.entries(before.responses).flatMap(([status, old]) => {
    const next = after.responses[status]
    if (!next) return [`${name}: the answer ${status} is gone`]
    return contentChanges(old.content, next.content, { side: 'answer', where: `${name}: ${status}`, depth: 0 }, both)
  })
}

function contentChanges(
  before: Operation['responses'][string]['content'],
  after: Operation['responses'][string]['content'],
  place: Place,
  both: Both,
): string[] {
  return Object.entries(before).flatMap(([type, { schema }]) => {
    const next = after[type]
    return next ? schemaChanges(schema, next.schema, place, both) : [`${place.where}: ${type} is gone`]
  })
}

function schemaChanges(beforeGiven: Schema, afterGiven: Schema, place: Place, both: Both): string[] {
  // Deeper than this only a schema that holds itself goes, and it was compared by then.
  if (place.depth > DEPTH_MAX) return []
  const before = resolved(beforeGiven, both.before.schemas)
  const after = resolved(afterGiven, both.after.schemas)
  return [
    ...typeChanges(before, after, place),
    ...valueChanges(before, after, place),
    ...(place.side === 'request' ? limitChanges(before, after, place) : []),
    ...fieldChanges(before, after, place, both),
    ...itemChanges(before, after, place, both),
    ...choiceChanges(before, after, place, both),
  ]
}

/** As it reads in a sentence; null where a schema says nothing about it. */
function typesOf(schema: Schema): readonly string[] | null {
  const { type } = schema
  if (typeof type === 'string') return [type]
  return Array.isArray(type) ? type.map(String) : null
}

function typeChanges(before: Schema, after: Schema, { side, where }: Place): string[] {
  const [old, now] = [typesOf(before), typesOf(after)]
  if (old === null || now === null) return []
  // A whole number is a number, too.
  const holds = (types: readonly string[], one: string): boolean =>
    types.includes(one) || (one === 'integer' && types.includes('number'))
  if (side === 'request') {
    const refused = old.filter((one) => !holds(now, one))
    return refused.length > 0 ? [`${where}: ${refused.join(', ')} is no longer taken`] : []
  }
  const surprising = now.filter((one) => !holds(old, one))
  return surprising.length > 0 ? [`${where}: may be ${surprising.join(', ')} now`] : []
}

/** The values that a schema lists; null when it takes any. */
function valuesOf(schema: Schema): readonly string[] | null {
  if ('const' in schema) return [JSON.stringify(schema['const'])]
  return Array.isArray(schema['enum']) ? schema['enum'].map((one) => JSON.stringify(one)) : null
}

function valueChanges(before: Schema, after: Schema, { side, where }: Place): string[] {
  const [old, now] = [valuesOf(before), valuesOf(after)]
  if (side === 'request') {
    if (now === null) return []
    if (old === null) return [`${where}: only ${now.join(', ')} is taken now`]
    return old.filter((one) => !now.includes(one)).map((one) => `${where}: ${one} is no longer taken`)
  }
  if (old === null) return []
  if (now === null) return [`${where}: may be anything now, and not only ${old.join(', ')}`]
  return now.filter((one) => !old.includes(one)).map((one) => `${where}: may be ${one} now`)
}

const UPPER = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties']
const LOWER = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties']

function limitChanges(before: Schema, after: Schema, { where }: Place): string[] {
  const limit = (schema: Schema, keyword: string, open: number): number => {
    const value = schema[keyword]
    return typeof value === 'number' ? value : open
  }
  const tighter = [
    ...UPPER.filter(
      (one) => limit(after, one, Number.POSITIVE_INFINITY) < limit(before, one, Number.POSITIVE_INFINITY),
    ),
    ...LOWER.filter(
      (one) => limit(after, one, Number.NEGATIVE_INFINITY) > limit(before, one, Number.NEGATIVE_INFINITY),
    ),
    // Which of two patterns takes more nobody can say in general: any other one is held to take less.
    ...['pattern', 'format'].filter((one) => after[one] !== undefined && after[one] !== before[one]),
  ]
  return tighter.map((one) => `${where}: ${one} is ${JSON.stringify(after[one])} now and takes less than before`)
}

function propertiesOf(schema: Schema): Readonly<Record<string, Schema>> {
  return (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>
}

function requiredOf(schema: Schema): readonly string[] {
  return Array.isArray(schema['required']) ? schema['required'].map(String) : []
}

function fieldChanges(before: Schema, after: Schema, place: Place, both: Both): string[] {
  const [old, now] = [propertiesOf(before), propertiesOf(after)]
  const [mustBefore, mustNow] = [requiredOf(before), requiredOf(after)]
  const at = (field: string): string => `${place.where}: ${field}`
  const gone = Object.keys(old).filter((field) => !(field in now))
  const lost = place.side === 'answer' ? gone : gone.filter(() => after['additionalProperties'] === false)
  const promises =
    place.side === 'request'
      ? mustNow.filter((field) => !mustBefore.includes(field)).map((field) => `${at(field)} must be sent now`)
      : mustBefore
          .filter((field) => field in now && !mustNow.includes(field))
          .map((field) => `${at(field)} may be missing now`)
  const inner = Object.entries(old).flatMap(([field, schema]) => {
    const next = now[field]
    return next ? schemaChanges(schema, next, { ...place, where: at(field), depth: place.depth + 1 }, both) : []
  })
  return [...lost.map((field) => `${at(field)} is gone`), ...promises, ...inner]
}

function itemChanges(before: Schema, after: Schema, place: Place, both: Both): string[] {
  return (['items', 'additionalProperties'] as const).flatMap((keyword) => {
    const [old, now] = [before[keyword], after[keyword]]
    if (typeof old !== 'object' || old === null || typeof now !== 'object' || now === null) return []
    const inner = { ...place, where: `${place.where}: ${keyword === 'items' ? 'each item' : 'each value'}` }
    return schemaChanges(old as Schema, now as Schema, { ...inner, depth: place.depth + 1 }, both)
  })
}

/** `anyOf` and its like, as zod writes what may be null, or one of several. */
function choiceChanges(before: Schema, after: Schema, place: Place, both: Both): string[] {
  const choices = (schema: Schema): readonly Schema[] | null => {
    const list = schema['anyOf'] ?? schema['oneOf']
    return Array.isArray(list) ? (list as Schema[]) : null
  }
  const [old, now] = [choices(before), choices(after)]
  if (old === null && now === null) return []
  const oldOnes = old ?? [before]
  const nowOnes = now ?? [after]
  // Every choice of the side that gives must fit one of the side that takes.
  const [given, taken] = place.side === 'request' ? [oldOnes, nowOnes] : [nowOnes, oldOnes]
  const deeper = { ...place, depth: place.depth + 1 }
  const fits = (one: Schema, other: Schema): boolean =>
    (place.side === 'request' ? schemaChanges(one, other, deeper, both) : schemaChanges(other, one, deeper, both))
      .length === 0
  const lost = given.filter((one) => !taken.some((other) => fits(one, other))).map((one) => shortly(one))
  return lost.map((one) =>
    place.side === 'request' ? `${place.where}: ${one} is no longer taken` : `${place.where}: may be ${one} now`,
  )
}

function shortly(schema: Schema): string {
  const fields = Object.keys(propertiesOf(schema))
  return fields.length > 0 ? `{${fields.join(', ')}}` : (typesOf(schema)?.join(' or ') ?? JSON.stringify(schema))
}
