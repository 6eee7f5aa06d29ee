import {
  type ComponentConfig,
  GreengateError,
  type Json,
  type ServiceConfig,
  serviceConfigSchema,
} from '@greengate/contracts'
import { z } from 'zod'

const PROBLEMS_MAX = 20
type Key = string | number

interface Problem {
  readonly path: readonly Key[]
  readonly text: string
}

/** Finds the place of a key in the file; empty where the format has none. */
export type Locate = (path: readonly Key[]) => string

/**
 * The configuration as a checked value with every default filled in. All problems are told at once, each with its key,
 * what was expected, and its place.
 * @throws GreengateError CONFIG_INVALID
 */
export function parseConfig(input: unknown, file: string, locate: Locate = () => ''): ServiceConfig {
  const parsed = serviceConfigSchema.safeParse(input ?? {})
  const problems = parsed.success ? crossProblems(parsed.data) : parsed.error.issues.flatMap((issue) => explain(issue))
  if (parsed.success && problems.length === 0) return parsed.data
  const lines = problems.slice(0, PROBLEMS_MAX).map((problem) => {
    const place = locate(problem.path)
    return `${keyOf(problem.path) || 'the whole file'}: ${problem.text}${place ? ` (${file}:${place})` : ''}`
  })
  if (problems.length > PROBLEMS_MAX) lines.push(`and ${problems.length - PROBLEMS_MAX} more`)
  const first = problems[0]
  const place = first ? locate(first.path) : ''
  const where = place ? `${file}:${place}` : `${file}${first && first.path.length > 0 ? ` ${keyOf(first.path)}` : ''}`
  throw new GreengateError('CONFIG_INVALID', lines.join('\n'), { where })
}

function keyOf(path: readonly Key[]): string {
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`)).join('')
}

function explain(issue: z.core.$ZodIssue, base: readonly Key[] = []): Problem[] {
  const path = [...base, ...issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))]
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const known = knownKeys(path)
      const near = nearest(key, known)
      const advice = near ? `did you mean ${near}?` : known.length > 0 ? `known here: ${known.join(', ')}` : ''
      return { path: [...path, key], text: `there is no such key; ${advice}` }
    })
  }
  if (issue.code === 'invalid_union') {
    // The branch that got furthest is the one that was meant.
    const branches = issue.errors.map((errors) => errors.flatMap((inner) => explain(inner, path)))
    const depth = (problems: Problem[]): number => Math.max(0, ...problems.map((problem) => problem.path.length))
    const best = branches.toSorted((a, b) => depth(b) - depth(a))[0]
    if (best && depth(best) > path.length) return best
    return [{ path, text: branches.flatMap((branch) => branch.map((problem) => problem.text)).join(', or ') }]
  }
  const text = /received undefined/.test(issue.message) ? `is missing: ${lower(issue.message)}` : lower(issue.message)
  return [{ path, text }]
}

function lower(message: string): string {
  return message.replace(/^Invalid input: /, '').replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())
}

/** What the schema can't say: names that must be declared elsewhere in the same file. */
function crossProblems(config: ServiceConfig): Problem[] {
  const components = Object.entries(config.components ?? {})
  return [
    ...targetProblems(config, []),
    ...components.flatMap(([name, component]) => targetProblems(component, ['components', name])),
    ...components.flatMap(([name, component]) => [
      ...(name === config.service
        ? [{ path: ['components', name], text: 'is the name of the whole system too; a component needs its own' }]
        : []),
      ...(component.start
        ? []
        : [{ path: ['components', name, 'start'], text: 'is missing: a component that is not started is not judged' }]),
    ]),
  ]
}

function targetProblems(config: ComponentConfig, base: readonly Key[]): Problem[] {
  const problems: Problem[] = []
  const requests = [
    ...Object.entries(config.requests).map(([name, request]) => ({ path: [...base, 'requests', name], request })),
    ...config.seed.map((request, index) => ({ path: [...base, 'seed', index] as Key[], request })),
  ]
  for (const { path, request } of requests) {
    if (request.as !== '' && !Object.hasOwn(config.identities, request.as)) {
      problems.push({
        path: [...path, 'as'],
        text: `no identity ${request.as} is declared${suggestion(request.as, Object.keys(config.identities))}`,
      })
    }
    request.touches.forEach((name, index) => {
      if (Object.hasOwn(config.dependencies, name)) return
      problems.push({
        path: [...path, 'touches', index],
        text: `no dependency ${name} is declared${suggestion(name, Object.keys(config.dependencies))}`,
      })
    })
  }
  if (typeof config.variables !== 'string') {
    for (const [name, variable] of Object.entries(config.variables)) {
      if (variable.pattern === undefined || isRegExp(variable.pattern)) continue
      problems.push({ path: [...base, 'variables', name, 'pattern'], text: 'expected a regular expression' })
    }
  }
  return problems
}

function isRegExp(pattern: string): boolean {
  try {
    return new RegExp(pattern) instanceof RegExp
  } catch {
    return false
  }
}

function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  if (near) return `; did you mean ${near}?`
  return known.length > 0 ? `; declared: ${known.join(', ')}` : '; none is'
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly additionalProperties?: SchemaNode | boolean
  readonly items?: SchemaNode
  readonly anyOf?: readonly SchemaNode[]
}

let schemaNode: SchemaNode | undefined

/** Keys that the schema knows at a path. */
function knownKeys(path: readonly Key[]): readonly string[] {
  schemaNode ??= z.toJSONSchema(serviceConfigSchema, { io: 'input' }) as SchemaNode
  let nodes: readonly SchemaNode[] = [schemaNode]
  for (const key of path) {
    nodes = nodes.flatMap(branches).flatMap((node) => {
      const next = typeof key === 'number' ? node.items : (node.properties?.[key] ?? node.additionalProperties)
      return typeof next === 'object' ? [next] : []
    })
  }
  return nodes.flatMap(branches).flatMap((node) => Object.keys(node.properties ?? {}))
}

function branches(node: SchemaNode): readonly SchemaNode[] {
  return node.anyOf ?? [node]
}

/** The known word nearest to `word`, if it is near enough to be a slip of the finger. */
export function nearest(word: string, known: readonly string[]): string | null {
  let best: string | null = null
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best
}

function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 8) return 99
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change))
    }
    row = next
  }
  return row[b.length] ?? 99
}

/** A configuration as plain JSON, as it is digested. */
export function configJson(config: ServiceConfig): Json {
  return JSON.parse(JSON.stringify(config)) as Json
}
