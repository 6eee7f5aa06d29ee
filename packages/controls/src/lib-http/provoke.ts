import { CannotObserve, type CheckContext, type HttpRequest, type Instance, type Json } from '@greengate/contracts'
import { type Exchange, recordExchange, SourceAddresses } from './exchange.ts'
import { findDescription } from './find-openapi.ts'
import { sendLargeBody } from './large-body.ts'
import { operationsOf, type Operation, pathFits } from './openapi.ts'
import type { Provocation, Survey } from './survey.ts'
import { jsonTargets, signInSpec, type Target, targetsOf, workingRead } from './targets.ts'

/** Over any limit that a JSON API has a reason for, and a little over the round number that some set as theirs. */
const LARGE_BODY_BYTES = 20 * 1024 * 1024 + 64 * 1024
const FLOOD_MAX = 1000
const SIGN_IN_FLOOD_MAX = 60
const FLOOD_PARALLEL = 10
const PER_KIND_MAX = 8
const IDENTITIES_MAX = 5
const DECLARED_MAX = 20
const FAULT_TIMEOUT_MS = 10_000

/** What the provocations share. */
interface Scene {
  readonly context: CheckContext
  readonly instance: Instance
  readonly targets: readonly Target[]
  readonly operations: readonly Operation[]
  readonly described: boolean
  readonly sources: SourceAddresses
  readonly exchanges: Exchange[]
  readonly blanks: Survey['blanks']
}

/**
 * Provokes every kind of error that a service can be brought to from outside, on an instance of the check's own, and
 * returns the answers. Each request leaves from an address of its own, so that a rate limit doesn't answer in its place.
 */
export async function provokeErrors(context: CheckContext, instance: Instance): Promise<Survey> {
  const description = await findDescription(context, instance)
  const operations = description.found ? operationsOf(description.found.doc) : []
  const sources = new SourceAddresses(context.random)
  const targets = targetsOf(context, operations)
  const baseline = await workingRead(context, instance, targets, sources.next())
  if (!baseline) {
    throw new CannotObserve(
      'no-working-request',
      'No declared request answers as it should.',
      'Correct `requests` in the configuration: each needs the status it answers in `expect`.',
    )
  }
  const described = operations.length > 0
  const scene: Scene = { context, instance, targets, operations, described, sources, exchanges: [], blanks: [] }
  for (const provoke of [
    notFound,
    wrongMethod,
    malformed,
    wrongContentType,
    validation,
    identities,
    declaredErrors,
    repeatedCreation,
    oddInput,
    tooLarge,
    dependencyRefused,
    flood,
    signInFlood,
  ]) {
    if (context.signal.aborted) break
    context.progress(`provoking errors: ${provoke.name}`)
    await provoke(scene, baseline.target)
  }
  return {
    baseline: { path: baseline.target.spec.path, status: baseline.status },
    exchanges: scene.exchanges,
    blanks: scene.blanks,
    declaredStatuses: described ? [...new Set(operations.flatMap((op) => Object.keys(op.responses)))].toSorted() : null,
  }
}

async function send(scene: Scene, kind: Provocation, request: HttpRequest): Promise<Exchange> {
  const answer = await scene.instance.http({ from: scene.sources.next(), ...request })
  const exchange = recordExchange(kind, request, answer)
  scene.exchanges.push(exchange)
  return exchange
}

/**
 * Sends as the target's identity, and where that is turned away for who it is, as each other identity and as nobody,
 * until one answer is about what was sent: an identity may be right for one part of an API and refused by the others.
 */
async function sendAsAnybody(
  scene: Scene,
  kind: Provocation,
  target: Target,
  requestOf: (prepared: HttpRequest) => HttpRequest,
): Promise<void> {
  const names = ['', ...Object.keys(scene.context.config.identities)]
  for (const as of [target.spec.as, ...names.filter((name) => name !== target.spec.as)].slice(0, IDENTITIES_MAX)) {
    const { status } = await send(scene, kind, requestOf(scene.instance.prepare({ ...target.spec, as })))
    if (status !== 401 && status !== 403) return
  }
}

function blank(scene: Scene, kind: Provocation, absent: boolean, code: string, reason: string): void {
  scene.blanks.push({ kind, absent, code, reason })
}

async function notFound(scene: Scene): Promise<void> {
  const mark = scene.context.random.hex(8)
  const folders = new Set(['/'])
  for (const target of scene.targets) {
    const clean = target.spec.path.split('?')[0] ?? '/'
    // Without a description nobody can tell an unknown path from a value in a template, but for the root of the API.
    if (scene.described) folders.add(clean.slice(0, clean.lastIndexOf('/') + 1))
    else if (clean.startsWith('/api/')) folders.add('/api/')
  }
  for (const folder of [...folders].slice(0, PER_KIND_MAX)) {
    const path = `${folder}${mark}`
    if (scene.operations.some((op) => pathFits(op.path, path))) continue
    await send(scene, 'not-found', { path, headers: { accept: 'application/json' } })
  }
}

async function wrongMethod(scene: Scene): Promise<void> {
  const seen = new Set<string>()
  for (const target of scene.targets) {
    const path = target.spec.path.split('?')[0] ?? '/'
    // What a made-up parameter names does not exist: 404 is as right there as 405.
    const madeUp = target.source === 'openapi' && target.operation?.path.includes('{') === true
    if (seen.has(path) || seen.size >= PER_KIND_MAX || madeUp || path.includes('{')) continue
    seen.add(path)
    const known = new Set(
      [
        ...scene.targets.filter((other) => other.spec.path.split('?')[0] === path).map((other) => other.spec.method),
        ...scene.operations.filter((op) => pathFits(op.path, path)).map((op) => op.method),
      ].map(String),
    )
    // Without a description only methods that hardly anybody serves are known to be wrong.
    const method = (scene.described ? ['DELETE', 'PUT', 'PATCH', 'POST'] : ['PATCH', 'PUT']).find(
      (candidate) => !known.has(candidate),
    )
    if (method === undefined) continue
    const prepared = scene.instance.prepare({ ...target.spec, body: undefined })
    await send(scene, 'wrong-method', { ...withoutBody(prepared), method, path: prepared.path })
  }
  if (seen.size === 0) blank(scene, 'wrong-method', false, 'no-known-route', 'No route of the service is known.')
}

async function malformed(scene: Scene): Promise<void> {
  const targets = jsonTargets(scene.targets).slice(0, PER_KIND_MAX)
  for (const target of targets) {
    const prepared = scene.instance.prepare(target.spec)
    await send(scene, 'malformed', {
      ...prepared,
      body: '{"broken": [1, 2',
      headers: { ...prepared.headers, 'content-type': 'application/json' },
    })
  }
  if (targets.length === 0) noJson(scene, 'malformed')
}

async function wrongContentType(scene: Scene): Promise<void> {
  const targets = jsonTargets(scene.targets).slice(0, PER_KIND_MAX)
  for (const target of targets) {
    for (const [type, body] of [
      ['text/plain', 'plain words'],
      ['application/xml', '<a><b>1</b></a>'],
    ] as const) {
      await sendAsAnybody(scene, 'wrong-content-type', target, (prepared) => ({
        ...prepared,
        body,
        headers: { ...withoutContentType(prepared.headers), 'content-type': type },
      }))
    }
  }
  if (targets.length === 0) noJson(scene, 'wrong-content-type')
}

async function validation(scene: Scene): Promise<void> {
  const targets = jsonTargets(scene.targets).slice(0, PER_KIND_MAX)
  for (const target of targets) {
    // An empty object where something is required, and every value of the wrong kind.
    const { body: _, ...spec } = target.spec
    const prepared = scene.instance.prepare(spec)
    const wrong: Json =
      typeof target.spec.body === 'object' && target.spec.body !== null && !Array.isArray(target.spec.body)
        ? Object.fromEntries(Object.keys(target.spec.body).map((key) => [key, { wrong: ['kind'] }]))
        : 'words'
    for (const body of [{}, wrong]) {
      await send(scene, 'validation', {
        ...prepared,
        body: JSON.stringify(body),
        headers: { ...prepared.headers, 'content-type': 'application/json' },
      })
    }
  }
  if (targets.length === 0) noJson(scene, 'validation')
}

function noJson(scene: Scene, kind: Provocation): void {
  if (scene.described)
    blank(scene, kind, true, 'no-json-operation', 'The OpenAPI description has no operation with a JSON body.')
  else
    blank(
      scene,
      kind,
      false,
      'no-known-json-route',
      'No request with a JSON body is declared, and there is no OpenAPI description.',
    )
}

async function identities(scene: Scene): Promise<void> {
  const names = Object.keys(scene.context.config.identities)
  const secured = scene.targets
    .filter((target) => target.spec.as !== '' || target.operation?.secured === true)
    .slice(0, PER_KIND_MAX)
  for (const target of secured) {
    await send(scene, 'no-identity', scene.instance.prepare({ ...target.spec, as: '' }))
    for (const name of names) {
      if (name === target.spec.as) continue
      await send(scene, 'other-identity', scene.instance.prepare({ ...target.spec, as: name }))
    }
  }
  const signIn = signInSpec(scene.context, `nobody-${scene.context.random.hex(4)}`, 'not-the-password')
  if (signIn) await send(scene, 'no-identity', scene.instance.prepare(signIn))
  if (secured.length === 0 && !signIn) {
    if (scene.described)
      blank(
        scene,
        'no-identity',
        true,
        'no-authenticated-operation',
        'No operation of the OpenAPI description asks for an identity.',
      )
    else
      blank(
        scene,
        'no-identity',
        false,
        'no-known-authenticated-route',
        'No request is declared with an identity, and there is no OpenAPI description.',
      )
  }
  if (secured.length === 0 || names.length < 2) {
    const absent = scene.described && !declares(scene, '403')
    blank(
      scene,
      'other-identity',
      absent,
      absent ? 'no-operation-declares-403' : 'no-second-identity',
      absent ? 'No operation of the OpenAPI description answers 403.' : 'Fewer than two identities are declared.',
    )
  }
}

async function repeatedCreation(scene: Scene): Promise<void> {
  const creations = scene.targets
    .filter(
      (target) =>
        target.source !== 'sign-in' &&
        (target.spec.method === 'POST' || target.spec.method === 'PUT') &&
        (target.source === 'declared' || target.operation?.responses['409'] !== undefined),
    )
    .slice(0, PER_KIND_MAX)
  for (const target of creations) {
    const request = scene.instance.prepare(target.spec, 900_001)
    await send(scene, 'repeated-creation', request)
    await send(scene, 'repeated-creation', request)
  }
  if (creations.some((target) => target.operation?.responses['409'] !== undefined)) return
  if (scene.exchanges.some((exchange) => exchange.kind === 'declared-error' && exchange.status === 409)) return
  const absent = scene.described && !declares(scene, '409')
  blank(
    scene,
    'repeated-creation',
    absent,
    absent ? 'no-operation-declares-409' : 'no-creation-that-conflicts',
    absent
      ? 'No operation of the OpenAPI description answers 409.'
      : 'No declared request conflicts when it is repeated.',
  )
}

/** Requests of which the configuration says that they are answered with an error: nobody else may know how to provoke it. */
async function declaredErrors(scene: Scene): Promise<void> {
  const declared = Object.values(scene.context.config.requests).filter((spec) => spec.expect >= 400)
  for (const spec of declared.slice(0, DECLARED_MAX))
    await send(scene, 'declared-error', scene.instance.prepare(spec, 800_001))
}

async function oddInput(scene: Scene): Promise<void> {
  const [read] = scene.targets.filter((target) => target.spec.method === 'GET')
  if (read) {
    const prepared = scene.instance.prepare(read.spec)
    const glue = prepared.path.includes('?') ? '&' : '?'
    for (const odd of ['%00', '%FF', "'", '[]=1'])
      await send(scene, 'odd-input', { ...prepared, path: `${prepared.path}${glue}q=${odd}` })
  }
  const withParameter = scene.operations.find((op) => op.method === 'GET' && op.path.includes('{'))
  if (withParameter) {
    for (const odd of ["'", '%00', '99999999999999999999']) {
      await send(scene, 'odd-input', { path: withParameter.path.replaceAll(/\{[^}]+\}/g, odd) })
    }
  }
}

async function tooLarge(scene: Scene): Promise<void> {
  const target = jsonTargets(scene.targets)[0]
  if (!target) return noJson(scene, 'too-large')
  for (const chunked of [false, true]) {
    const request = { ...scene.instance.prepare(target.spec, 300_000 + Number(chunked)), from: scene.sources.next() }
    const answer = await sendLargeBody(scene.context, scene.instance, request, { bytes: LARGE_BODY_BYTES, chunked })
    scene.exchanges.push(recordExchange('too-large', request, answer))
  }
}

async function dependencyRefused(scene: Scene, read: Target): Promise<void> {
  const required = [...scene.instance.dependencies.values()].filter((dependency) => dependency.spec.required)
  if (required.length === 0) {
    const absent = scene.context.facts.some((fact) => fact.name === 'database' && fact.state === 'absent')
    blank(
      scene,
      'dependency-refused',
      absent,
      absent ? 'no-dependency' : 'no-known-dependency',
      absent ? 'The service depends on nothing that could fail.' : 'No required dependency is declared.',
    )
    return
  }
  const touching = scene.targets.filter(
    (target) =>
      target.source === 'declared' &&
      target.spec.touches.some((name) =>
        required.some((dependency) => name === dependency.name || name.endsWith(`:${dependency.name}`)),
      ),
  )
  const victims = (touching.length > 0 ? touching : [read])
    .filter((target) => target.spec.effect === 'read')
    .slice(0, 3)
  try {
    for (const dependency of required) await dependency.refuse()
    for (const target of victims.length > 0 ? victims : [read]) {
      await send(scene, 'dependency-refused', { ...scene.instance.prepare(target.spec), timeoutMs: FAULT_TIMEOUT_MS })
    }
  } finally {
    for (const dependency of required) await dependency.restore()
  }
  // What follows must find the service at work again.
  const until = scene.context.clock.monotonicMs() + FAULT_TIMEOUT_MS
  while (scene.context.clock.monotonicMs() < until && scene.instance.running()) {
    const answer = await scene.instance.http({
      ...scene.instance.prepare(read.spec),
      from: scene.sources.next(),
      timeoutMs: 2_000,
    })
    if (answer.status > 0 && answer.status < 500) break
    await scene.context.clock.sleep(100, scene.context.signal)
  }
}

/** One address sends until it is answered 429; the first such answer and the last answer without one are kept. */
async function flood(scene: Scene, read: Target): Promise<void> {
  const from = scene.sources.next()
  const request = { ...scene.instance.prepare(read.spec), from }
  for (let sent = 0; sent < FLOOD_MAX && !scene.context.signal.aborted; sent += FLOOD_PARALLEL) {
    const answers = await Promise.all(Array.from({ length: FLOOD_PARALLEL }, () => scene.instance.http(request)))
    const limited = answers.find((answer) => answer.status === 429)
    if (limited) {
      scene.exchanges.push(recordExchange('flood', request, limited))
      return
    }
    if (answers.every((answer) => answer.status === 0)) break
  }
  blank(scene, 'flood', false, 'no-rate-limit-seen', `${FLOOD_MAX} requests from one address were not answered 429.`)
}

async function signInFlood(scene: Scene): Promise<void> {
  const from = scene.sources.next()
  for (let sent = 0; sent < SIGN_IN_FLOOD_MAX && !scene.context.signal.aborted; sent++) {
    const spec = signInSpec(scene.context, 'greengate-flood', 'not-the-password')
    if (!spec) return
    const request = { ...scene.instance.prepare(spec), from }
    const answer = await scene.instance.http(request)
    if (answer.status === 429) {
      scene.exchanges.push(recordExchange('sign-in-flood', request, answer))
      return
    }
    if (answer.status === 0) return
  }
}

function declares(scene: Scene, status: string): boolean {
  return scene.operations.some((op) => op.responses[status] !== undefined)
}

function withoutBody(request: HttpRequest): HttpRequest {
  const { body: _, ...rest } = request
  return { ...rest, headers: withoutContentType(request.headers) }
}

function withoutContentType(headers: HttpRequest['headers']): Record<string, string | readonly string[]> {
  return Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => name.toLowerCase() !== 'content-type'))
}
