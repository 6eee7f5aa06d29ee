import type { CheckContext, Instance, Json, RequestSpec } from '@greengate/contracts'
import { probePaths, requestSpec } from './exchange.ts'
import { fillPath, isJsonType, type Operation, pathFits } from './openapi.ts'

/** A body as zod types it: the same values as `Json`, not readonly. */
type JsonBody = Exclude<RequestSpec['body'], undefined>

const HOME = '/'

/** Something that can be asked: declared in the configuration, described in OpenAPI, the sign-in, or `/` on trial. */
export interface Target {
  readonly spec: RequestSpec
  readonly source: 'declared' | 'openapi' | 'sign-in' | 'home'
  readonly operation: Operation | null
}

/** Every target, without probes; declared ones first. The identity of described operations is the first that is declared. */
export function targetsOf(context: CheckContext, operations: readonly Operation[]): Target[] {
  const probes = probePaths(context)
  const targets: Target[] = Object.values(context.config.requests).map((spec) => ({
    spec,
    source: 'declared',
    operation: operations.find((op) => op.method === spec.method && pathFits(op.path, spec.path)) ?? null,
  }))
  const [identity] = Object.keys(context.config.identities)
  for (const operation of operations) {
    const method = operation.method
    if (probes.has(operation.path) || !isMethod(method)) continue
    if (targets.some((target) => target.operation === operation)) continue
    targets.push({
      source: 'openapi',
      operation,
      spec: requestSpec({
        method,
        path: fillPath(operation),
        as: operation.secured ? (identity ?? '') : '',
        effect: method === 'GET' || method === 'HEAD' ? 'read' : 'write',
        ...(operation.requestTypes.some(isJsonType) ? { body: (operation.requestExample ?? {}) as JsonBody } : {}),
      }),
    })
  }
  const signIn = signInSpec(context, 'greengate-nobody', 'not-the-password')
  if (signIn && !targets.some((target) => target.spec.method === signIn.method && target.spec.path === signIn.path)) {
    targets.push({ source: 'sign-in', operation: null, spec: signIn })
  }
  return targets
}

/** The declared sign-in with a name and a password in place; null without one. */
export function signInSpec(context: CheckContext, username: string, password: string): RequestSpec | null {
  const { signIn } = context.config
  if (!signIn) return null
  const fill = (text: string): string => text.replaceAll('{username}', username).replaceAll('{password}', password)
  return requestSpec({
    method: signIn.method,
    path: fill(signIn.path),
    headers: signIn.headers,
    body: fillJson(signIn.body as Json, fill) as JsonBody,
    effect: 'write',
  })
}

function fillJson(value: Json, fill: (text: string) => string): Json {
  if (typeof value === 'string') return fill(value)
  if (Array.isArray(value)) return (value as readonly Json[]).map((entry) => fillJson(entry, fill))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, fillJson(entry as Json, fill)]))
  }
  return value
}

/** Targets that take a JSON body and nothing but JSON. */
export function jsonTargets(targets: readonly Target[]): Target[] {
  return targets.filter(
    (target) =>
      target.spec.body !== undefined &&
      (target.operation === null ||
        target.operation.requestTypes.length === 0 ||
        target.operation.requestTypes.every(isJsonType)),
  )
}

/**
 * A read request that answers as it should, declared and anonymous ones first; null: none does. Without any the path of the
 * start itself is taken, but not where `orStart` is false: limits exempt probes.
 */
export async function workingRead(
  context: CheckContext,
  instance: Instance,
  targets: readonly Target[],
  from: string,
  options: { orStart: boolean } = { orStart: true },
): Promise<{ target: Target; status: number } | null> {
  const reads = targets.filter((target) => target.spec.method === 'GET' && !target.spec.path.includes('{n}'))
  const order = (target: Target): number => (target.source === 'declared' ? 0 : 2) + (target.spec.as === '' ? 0 : 1)
  for (const target of reads.toSorted((a, b) => order(a) - order(b)).slice(0, 10)) {
    const answer = await instance.http({ ...instance.prepare(target.spec), from })
    const right =
      target.source === 'declared' ? answer.status === target.spec.expect : answer.status >= 200 && answer.status < 300
    if (right) return { target, status: answer.status }
  }
  if (!options.orStart) return null
  // Without a declared request at least the start's own path is known to answer.
  const path = context.config.start?.ready ?? '/'
  const answer = await instance.http({ path, from })
  if (answer.status === 0 || answer.status >= 400) return null
  return { target: { spec: requestSpec({ path }), source: 'declared', operation: null }, status: answer.status }
}

/** How many reads are asked beside the first, and for how long all of them together and each of them may take. */
const FURTHER_MAX = 20
const FURTHER_TIME_MS = 20_000
export const FURTHER_TIMEOUT_MS = 5000

export interface FurtherReads {
  readonly targets: readonly Target[]
  /** Reads beyond the cap of 20. */
  readonly leftOut: number
}

/**
 * Reads beside the first one, for what every route has to keep to, and `/`, which many services answer without declaring it.
 * Nothing that may change something: of the described ones only those that need no identity.
 */
export function furtherReads(targets: readonly Target[], first: Target | null): FurtherReads {
  const reads = targets.filter(
    ({ spec, source }) =>
      spec.method === 'GET' &&
      spec.effect === 'read' &&
      !spec.path.includes('{n}') &&
      (source === 'declared' || spec.as === ''),
  )
  const others = reads.filter((target) => target.spec.path !== first?.spec.path || target.spec.as !== first.spec.as)
  const known = [...reads, ...(first ? [first] : [])].some((target) => target.spec.path.split('?')[0] === '/')
  const home: Target = {
    spec: requestSpec({ path: HOME, headers: { accept: 'text/html, */*' } }),
    source: 'home',
    operation: null,
  }
  return {
    targets: [...others.slice(0, FURTHER_MAX), ...(known ? [] : [home])],
    leftOut: Math.max(0, others.length - FURTHER_MAX),
  }
}

/** Asks one after another, at most 20 s long; returns how many were not asked for want of time. */
export async function eachInTime<T>(
  context: CheckContext,
  items: readonly T[],
  ask: (item: T) => Promise<void>,
  timeMs: number = FURTHER_TIME_MS,
): Promise<number> {
  const until = context.clock.monotonicMs() + timeMs
  for (const [index, item] of items.entries()) {
    if (context.signal.aborted || context.clock.monotonicMs() >= until) return items.length - index
    await ask(item)
  }
  return 0
}

function isMethod(method: string): method is RequestSpec['method'] {
  return ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].includes(method)
}
