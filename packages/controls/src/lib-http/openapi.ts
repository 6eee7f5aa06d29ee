import type { Json } from '@greengate/contracts'
import { parse as parseYaml } from 'yaml'

type Node = { readonly [key: string]: Json }

/** One operation of a description, reduced to what requests are made from and answers are held against. */
export interface Operation {
  readonly method: string
  /** Path template below the server's base path, the base path included: `/api/items/{id}`. */
  readonly path: string
  /** Whether it needs credentials: its own `security`, else the document's. */
  readonly secured: boolean
  readonly parameters: readonly {
    readonly name: string
    readonly in: string
    readonly required: boolean
    readonly example: Json
  }[]
  /** Media types of the request body; empty without one. */
  readonly requestTypes: readonly string[]
  readonly requestSchema: Json | null
  readonly requestExample: Json | null
  /** By status or `default`, `4XX`: media type to schema (null: none given). */
  readonly responses: Readonly<Record<string, Readonly<Record<string, Json | null>>>>
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']
const OPERATIONS_MAX = 500
const REF_DEPTH_MAX = 20

/** Reads JSON or YAML. Null: it is neither, or not an object. */
export function parseDescription(text: string): Node | null {
  try {
    const value: unknown = text.trimStart().startsWith('{')
      ? JSON.parse(text)
      : parseYaml(text, { maxAliasCount: 1000 })
    return isNode(value as Json) ? (value as Node) : null
  } catch {
    return null
  }
}

/** Follows `$ref`s inside the document; what can't be resolved is null. */
export function resolveRef(doc: Node, node: Json | undefined): Json {
  let current: Json = node ?? null
  for (let depth = 0; depth < REF_DEPTH_MAX; depth++) {
    if (!isNode(current) || typeof current['$ref'] !== 'string') return current
    const ref: string = current['$ref']
    if (!ref.startsWith('#/')) return null
    let target: Json = doc
    for (const part of ref.slice(2).split('/')) {
      const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
      target = Array.isArray(target)
        ? ((target as readonly Json[])[Number(key)] ?? null)
        : isNode(target)
          ? (target[key] ?? null)
          : null
    }
    current = target
  }
  return null
}

/** The version of OpenAPI or Swagger that the document names; empty without one. */
export function specVersion(doc: Node): string {
  return text(doc['openapi']) || text(doc['swagger'])
}

/** Every operation of the description, at most 500. */
export function operationsOf(doc: Node): Operation[] {
  const base = basePath(doc)
  const found: Operation[] = []
  for (const [path, rawItem] of Object.entries(node(doc['paths']))) {
    const item = node(resolveRef(doc, rawItem))
    for (const method of METHODS) {
      if (!isNode(item[method]) || found.length >= OPERATIONS_MAX) continue
      found.push(operation(doc, method, `${base}${path}`, node(item[method]), list(item['parameters'])))
    }
  }
  return found
}

function operation(doc: Node, method: string, path: string, op: Node, shared: readonly Json[]): Operation {
  const parameters = [...shared, ...list(op['parameters'])].map((raw) => node(resolveRef(doc, raw)))
  const body = node(resolveRef(doc, op['requestBody']))
  const content = node(body['content'])
  const jsonType = Object.keys(content).find(isJsonType)
  const media = jsonType === undefined ? {} : node(content[jsonType])
  const responses: Record<string, Record<string, Json | null>> = {}
  for (const [status, raw] of Object.entries(node(op['responses']))) {
    const response = node(resolveRef(doc, raw))
    const types = Object.entries(node(response['content'])).map(
      ([type, m]) => [type.toLowerCase(), node(m)['schema'] ?? null] as const,
    )
    // Swagger 2 has the schema beside the status.
    responses[status] =
      types.length > 0 ? Object.fromEntries(types) : response['schema'] ? { '*/*': response['schema'] } : {}
  }
  const swaggerBody = parameters.find((parameter) => parameter['in'] === 'body')
  const requestSchema = media['schema'] ?? swaggerBody?.['schema'] ?? null
  return {
    method: method.toUpperCase(),
    path,
    secured:
      list(op['security'] ?? doc['security']).some((entry) => isNode(entry) && Object.keys(entry).length > 0) &&
      !list(op['security'] ?? doc['security']).some((entry) => isNode(entry) && Object.keys(entry).length === 0),
    parameters: parameters
      .filter((parameter) => parameter['in'] !== 'body')
      .map((parameter) => ({
        name: text(parameter['name']),
        in: text(parameter['in']),
        required: parameter['required'] === true,
        example: parameterExample(doc, parameter),
      })),
    requestTypes: swaggerBody ? ['application/json'] : Object.keys(content).map((type) => type.toLowerCase()),
    requestSchema,
    requestExample: firstExample(doc, media) ?? (requestSchema === null ? null : exampleOf(doc, requestSchema)),
    responses,
  }
}

function parameterExample(doc: Node, parameter: Node): Json {
  return firstExample(doc, parameter) ?? exampleOf(doc, parameter['schema'] ?? parameter)
}

function firstExample(doc: Node, holder: Node): Json | null {
  if (holder['example'] !== undefined) return holder['example']
  const first = node(resolveRef(doc, Object.values(node(holder['examples']))[0]))
  return first['value'] ?? null
}

/** A value that satisfies the common keywords of a schema; examples, defaults and enumerations first. */
export function exampleOf(doc: Node, raw: Json, depth = 0): Json {
  const schema = node(resolveRef(doc, raw))
  const given =
    schema['example'] ?? list(schema['examples'])[0] ?? schema['const'] ?? schema['default'] ?? list(schema['enum'])[0]
  if (given !== undefined) return given
  if (depth > 6) return null
  const parts = list(schema['allOf'])
  if (parts.length > 0) return Object.assign({}, ...parts.map((part) => exampleOf(doc, part, depth + 1)))
  const choice = list(schema['oneOf'])[0] ?? list(schema['anyOf'])[0]
  if (choice !== undefined) return exampleOf(doc, choice, depth + 1)
  const types = Array.isArray(schema['type']) ? (schema['type'] as readonly Json[]) : [schema['type']]
  const type =
    types.find((entry) => entry !== 'null') ?? (schema['properties'] ? 'object' : schema['items'] ? 'array' : 'string')
  if (type === 'object') {
    const required = new Set(list(schema['required']))
    const entries = Object.entries(node(schema['properties'])).filter(([name]) => required.has(name))
    return Object.fromEntries(entries.map(([name, property]) => [name, exampleOf(doc, property, depth + 1)]))
  }
  if (type === 'array')
    return Number(schema['minItems'] ?? 0) > 0 ? [exampleOf(doc, schema['items'] ?? {}, depth + 1)] : []
  if (type === 'integer' || type === 'number') return Math.max(1, Number(schema['minimum'] ?? 1))
  if (type === 'boolean') return true
  return stringExample(schema)
}

function stringExample(schema: Node): string {
  switch (text(schema['format'])) {
    case 'uuid':
      return '7f3c1d52-9a4e-4b6f-8c2d-1e5a6b7c8d9e'
    case 'date-time':
      return '2026-01-02T03:04:05.000Z'
    case 'date':
      return '2026-01-02'
    case 'email':
      return 'someone@example.com'
    case 'uri':
    case 'url':
      return 'https://example.com/'
    default:
      return 'sample'.padEnd(Number(schema['minLength'] ?? 0), 'x').slice(0, Number(schema['maxLength'] ?? 64))
  }
}

/** The operation's path with its examples filled in, and its required query. */
export function fillPath(operation: Operation): string {
  const path = operation.path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => {
    const parameter = operation.parameters.find((entry) => entry.in === 'path' && entry.name === name)
    return encodeURIComponent(scalar(parameter?.example ?? 'sample'))
  })
  const query = operation.parameters
    .filter((entry) => entry.in === 'query' && entry.required)
    .map((entry) => `${encodeURIComponent(entry.name)}=${encodeURIComponent(scalar(entry.example))}`)
  return query.length === 0 ? path : `${path}?${query.join('&')}`
}

/** Whether a concrete path or another template falls under a template. Parameters match one segment. */
export function matchesTemplate(template: string, path: string): boolean {
  const want = segments(template)
  const have = segments(path)
  return (
    want.length === have.length &&
    want.every((part, index) => isParameter(part) || part === have[index] || isParameter(have[index] ?? ''))
  )
}

/** Whether a concrete path falls under a template, where literal segments must be equal. */
export function pathFits(template: string, path: string): boolean {
  const want = segments(template)
  const have = segments(path)
  return want.length === have.length && want.every((part, index) => isParameter(part) || part === have[index])
}

/** Parameter syntaxes of descriptions and frameworks: `{id}`, `:id`, `<int:id>`, `*`. */
export function isParameter(segment: string): boolean {
  return /^(\{.*\}|:.+|<.*>|\*.*|\(.*\))$/.test(segment) || /\{[^}]+\}/.test(segment)
}

/** The responses entry that governs a status: exact, then `4XX`, then `default`. */
export function responseFor(
  operation: Operation,
  status: number,
): { key: string; types: Readonly<Record<string, Json | null>> } | null {
  for (const key of [String(status), `${Math.floor(status / 100)}XX`, `${Math.floor(status / 100)}xx`, 'default']) {
    const types = operation.responses[key]
    if (types) return { key, types }
  }
  return null
}

export function isJsonType(type: string): boolean {
  return /^application\/([\w.+-]+\+)?json\b/i.test(type)
}

function basePath(doc: Node): string {
  if (typeof doc['basePath'] === 'string') return doc['basePath'].replace(/\/+$/, '')
  const url = text(node(list(doc['servers'])[0])['url'])
  try {
    return new URL(url || '/', 'http://localhost').pathname.replace(/\/+$/, '')
  } catch {
    return ''
  }
}

function segments(path: string): string[] {
  return (path.split('?')[0] ?? '').split('/').filter((part) => part !== '')
}

function scalar(value: Json): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

export function isNode(value: Json | undefined): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function node(value: Json | undefined): Node {
  return isNode(value) ? value : {}
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}
