import type { CheckContext, Instance, Json, TreePort } from '@greengate/contracts'
import { z } from 'zod'
import { isNode } from './openapi.ts'

/** One code of a service's error registry; null: the registry doesn't say. */
export const registryEntrySchema = z.strictObject({
  code: z.string(),
  class: z.string(),
  status: z.int().nullable(),
  retriable: z.boolean().nullable(),
  /** Seconds; null: none, which is right only for an error that is not retriable. */
  retryAfterS: z.number().nullable(),
  help: z.string(),
})
export type RegistryEntry = z.infer<typeof registryEntrySchema>

export const registrySchema = z.strictObject({ source: z.string(), entries: z.array(registryEntrySchema) })
export type Registry = z.infer<typeof registrySchema>

const ENTRIES_MAX = 400
const FILE_NAME = 'errors.registry.json'

/**
 * The registry where a service keeps it: `x-error-registry` of the OpenAPI description (inline, or a path), `GET /errors`, or
 * `errors.registry.json` in the tree, in this order. Null: at none of them.
 */
export async function findRegistry(
  context: CheckContext,
  instance: Instance,
  description: { readonly [key: string]: Json } | null,
): Promise<Registry | null> {
  const pointer = description?.['x-error-registry']
  const inline = parseRegistry('x-error-registry of the OpenAPI description', pointer)
  if (inline) return inline
  const paths = [...(typeof pointer === 'string' && pointer.startsWith('/') ? [pointer] : []), '/errors']
  for (const path of paths) {
    const answer = await instance.http({ path, headers: { accept: 'application/json' }, bodyBytesMax: 1024 * 1024 })
    if (answer.status !== 200 || answer.truncated) continue
    const registry = parseRegistry(`GET ${path}`, parseJson(answer.body))
    if (registry) return registry
  }
  return context.tree ? fromTree(context.tree) : null
}

async function fromTree(tree: TreePort): Promise<Registry | null> {
  for (const file of tree.files) {
    if (file.path !== FILE_NAME && !file.path.endsWith(`/${FILE_NAME}`)) continue
    const registry = parseRegistry(file.path, parseJson(await tree.read(file.path)))
    if (registry) return registry
  }
  return null
}

/** `{codes: {CODE: {...}}}`, `{CODE: {...}}` or a list of `{code, ...}`. Null: it is nothing of the kind. */
export function parseRegistry(source: string, json: Json | undefined): Registry | null {
  const root = isNode(json) && json['codes'] !== undefined ? json['codes'] : (json ?? null)
  const pairs: [string, Json][] = Array.isArray(root)
    ? (root as readonly Json[]).map((entry) => [
        isNode(entry) && typeof entry['code'] === 'string' ? entry['code'] : '',
        entry,
      ])
    : isNode(root)
      ? Object.entries(root)
      : []
  const entries = pairs
    .filter(
      (pair): pair is [string, { readonly [key: string]: Json }] =>
        pair[0] !== '' &&
        isNode(pair[1]) &&
        pick(pair[1], 'status', 'httpStatus', 'http_status', 'class', 'retriable', 'retryable') !== undefined,
    )
    .slice(0, ENTRIES_MAX)
    .map(([code, entry]) => registryEntry(code, entry))
  return entries.length === 0 ? null : { source, entries }
}

function registryEntry(code: string, entry: { readonly [key: string]: Json }): RegistryEntry {
  const kind = pick(entry, 'class', 'category', 'kind')
  const status = pick(entry, 'status', 'httpStatus', 'http_status')
  const retriable = pick(entry, 'retriable', 'retryable')
  const retryAfter = pick(entry, 'retryAfterS', 'retry_after_s', 'retryAfter', 'retry_after', 'retryAfterSeconds')
  const help = pick(entry, 'help', 'helpUrl', 'help_url', 'docs')
  return {
    code,
    class: typeof kind === 'string' ? kind : '',
    status: typeof status === 'number' && Number.isInteger(status) ? status : null,
    retriable: typeof retriable === 'boolean' ? retriable : null,
    retryAfterS: typeof retryAfter === 'number' ? retryAfter : null,
    help: typeof help === 'string' ? help : '',
  }
}

function pick(entry: { readonly [key: string]: Json }, ...names: string[]): Json | undefined {
  for (const name of names) if (entry[name] !== undefined && entry[name] !== null) return entry[name]
  return undefined
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return null
  }
}
