import { timingSafeEqual } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { lacks } from './defects.ts'
import { HttpError, REGISTRY, servedRegistry } from './errors.ts'
import { readJson, type Exchange } from './exchange.ts'
import { clientAddress, type SignInLimit } from './limits.ts'
import type { Metrics } from './metrics.ts'
import { openapi } from './openapi.ts'
import type { Settings } from './settings.ts'
import type { Store } from './store.ts'

const PRICES_LIMIT_MS = 800
const FALLBACK_PRICES = [{ sku: 'basic', cents: 500 }]

export interface Services {
  readonly settings: Settings
  readonly store: Store
  readonly metrics: Metrics
  readonly signIns: SignInLimit
  readonly base: string
  /** False as soon as the process is to stop. */
  readonly accepting: () => boolean
}

export interface Answer {
  readonly status: number
  readonly json?: unknown
  readonly text?: string
  readonly type?: string
  readonly headers?: Record<string, string>
}

export interface Route {
  readonly method: string
  readonly path: string
  /** Not counted by the rate limit. */
  readonly probe?: boolean
  readonly handle: (exchange: Exchange, services: Services, id: string) => Promise<Answer> | Answer
}

export const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/health', probe: true, handle: health },
  { method: 'GET', path: '/ready', probe: true, handle: ready },
  ...(lacks('no-metrics')
    ? []
    : [
        {
          method: 'GET',
          path: '/metrics',
          probe: true,
          handle: (_exchange: Exchange, services: Services) => ({
            status: 200,
            text: services.metrics.text(),
            type: 'text/plain; version=0.0.4; charset=utf-8',
          }),
        },
      ]),
  ...(lacks('openapi-missing')
    ? []
    : [
        {
          method: 'GET',
          path: '/openapi.json',
          handle: (_exchange: Exchange, services: Services) => ({ status: 200, json: openapi(services.base) }),
        },
      ]),
  {
    method: 'GET',
    path: '/errors',
    handle: (_exchange, services) => ({ status: 200, json: servedRegistry(services.base) }),
  },
  { method: 'GET', path: '/errors/{id}', handle: errorHelp },
  { method: 'GET', path: '/api/items', handle: listItems },
  { method: 'POST', path: '/api/items', handle: addItem },
  { method: 'GET', path: '/api/items/{id}', handle: getItem },
  { method: 'DELETE', path: '/api/items/{id}', handle: removeItem },
  { method: 'GET', path: '/api/slow', handle: slow },
  { method: 'GET', path: '/api/prices', handle: prices },
  { method: 'POST', path: '/api/sign-in', handle: signIn },
  ...(lacks('headers-missing-on-home-page')
    ? [
        {
          method: 'GET',
          path: '/',
          handle: () => ({ status: 200, text: '<!doctype html><title>home</title>', type: 'text/html; charset=utf-8' }),
        },
      ]
    : []),
  ...(lacks('open-admin')
    ? [
        {
          method: 'GET',
          path: '/admin',
          handle: () => ({ status: 200, json: { users: ['admin'], settings: { debug: false } } }),
        },
      ]
    : []),
  ...(lacks('open-registration')
    ? [{ method: 'POST', path: '/api/users', handle: () => ({ status: 201, json: { created: true } }) }]
    : []),
  ...(lacks('debug-endpoints')
    ? [{ method: 'GET', path: '/debug/vars', handle: () => ({ status: 200, json: process.memoryUsage() }) }]
    : []),
  ...(lacks('route-undocumented')
    ? [{ method: 'GET', path: '/api/hidden', handle: () => ({ status: 200, json: { hidden: true } }) }]
    : []),
  ...(lacks('source-maps-public') ? sourceMaps() : []),
]

async function health(_exchange: Exchange, services: Services): Promise<Answer> {
  if (lacks('live-slow')) await delay(2_000)
  if (lacks('live-tracks-db') && !(await services.store.answers())) throw new HttpError('unavailable')
  return { status: 200, json: { status: 'ok' } }
}

/** Whether readiness was given and then refused: only a defect looks at it. */
let wasReady = false
let hasFailed = false

async function ready(_exchange: Exchange, services: Services): Promise<Answer> {
  if (lacks('ready-slow')) await delay(2_000)
  if (lacks('ready-constant') || lacks('db-missing-hang')) return { status: 200, json: { ready: true } }
  if (lacks('ready-never-returns') && hasFailed) throw new HttpError('unavailable', { ready: false })
  if (!services.accepting() || !(await services.store.answers())) {
    hasFailed = wasReady
    throw new HttpError('unavailable', { ready: false })
  }
  if (lacks('ready-tracks-prices') && !(await pricesLatelyAnswered(services.settings.pricesUrl)))
    throw new HttpError('unavailable', { ready: false })
  wasReady = true
  return { status: 200, json: { ready: true } }
}

const PRICES_KEPT_MS = 2_000
let pricesAsked: { answered: Promise<boolean>; untilMs: number } | null = null

/** Whether the prices could be had, as of the last two seconds: only a defect asks. */
function pricesLatelyAnswered(url: string): Promise<boolean> {
  if (pricesAsked === null || pricesAsked.untilMs <= performance.now()) {
    const answered = fetch(url, { signal: AbortSignal.timeout(PRICES_LIMIT_MS) }).then(
      (answer) => answer.ok,
      () => false,
    )
    pricesAsked = { answered, untilMs: performance.now() + PRICES_KEPT_MS }
  }
  return pricesAsked.answered
}

function errorHelp(_exchange: Exchange, services: Services, id: string): Answer {
  const entry = Object.entries(REGISTRY).find(([code]) => code === id)
  if (!entry) throw new HttpError('not_found')
  const { message, status } = entry[1]
  return { status: 200, json: { code: id, status, message, help: `${services.base}/errors/${id}` } }
}

async function listItems(_exchange: Exchange, services: Services): Promise<Answer> {
  const items = await services.store.items()
  if (lacks('answer-not-conforming')) return { status: 200, json: { items: 'none', total: String(items.length) } }
  if (lacks('answer-undocumented-status')) return { status: 203, json: { items } }
  return { status: 200, json: { items } }
}

async function addItem(exchange: Exchange, services: Services): Promise<Answer> {
  mayWrite(exchange, services)
  const { name } = await readJson(exchange)
  if (typeof name !== 'string' || name.trim() === '' || name.length > 200 || name.includes('\0')) {
    throw new HttpError('validation_failed', { name: 'must be text of 1 to 200 characters' })
  }
  const item = await services.store.add(name)
  return { status: 201, json: item, headers: { location: `/api/items/${item.id}` } }
}

async function getItem(_exchange: Exchange, services: Services, id: string): Promise<Answer> {
  if (lacks('route-missing')) throw new HttpError('not_found')
  const item = await services.store.item(itemId(id))
  if (!item) throw new HttpError('not_found')
  return { status: 200, json: item }
}

async function removeItem(exchange: Exchange, services: Services, id: string): Promise<Answer> {
  mayWrite(exchange, services)
  if (!(await services.store.remove(itemId(id)))) throw new HttpError('not_found')
  return { status: 204 }
}

function itemId(text: string): number {
  // Anything that is no id is the id of nothing.
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new HttpError('not_found')
  return Number(text)
}

async function slow(_exchange: Exchange, services: Services): Promise<Answer> {
  await services.store.sleep()
  return { status: 200, json: { waitedMs: 1500 } }
}

async function prices(exchange: Exchange, services: Services): Promise<Answer> {
  const url = services.settings.pricesUrl
  const isBare =
    lacks('correlation-not-sent-upstream') || (lacks('correlation-not-sent-on-one-route') && exchange.url.search !== '')
  const headers: Record<string, string> = isBare ? {} : { 'x-request-id': exchange.correlationId }
  if (lacks('optional-dependency-blocks-request')) {
    const answer = await fetch(url, { headers })
    return { status: 200, json: { prices: ((await answer.json()) as { prices: unknown }).prices, isFallback: false } }
  }
  try {
    const answer = await fetch(url, { headers, signal: AbortSignal.timeout(PRICES_LIMIT_MS) })
    const body: unknown = await answer.json()
    if (answer.ok && body !== null && typeof body === 'object' && 'prices' in body && Array.isArray(body.prices)) {
      return { status: 200, json: { prices: body.prices as unknown[], isFallback: false } }
    }
  } catch {
    // Prices are nice to have: without them the last known ones do.
  }
  return { status: 200, json: { prices: FALLBACK_PRICES, isFallback: true } }
}

/** Whether prices can be asked for now. */
export async function pricesAnswer(services: Services): Promise<boolean> {
  const { pricesUrl } = services.settings
  return fetch(pricesUrl, { signal: AbortSignal.timeout(PRICES_LIMIT_MS) }).then(
    (answer) => answer.ok,
    () => false,
  )
}

async function signIn(exchange: Exchange, services: Services): Promise<Answer> {
  const { username, password } = await readJson(exchange)
  if (
    typeof username !== 'string' ||
    typeof password !== 'string' ||
    username.length > 200 ||
    password.length > 200 ||
    username.includes('\0')
  ) {
    throw new HttpError('validation_failed', { username: 'must be text', password: 'must be text' })
  }
  const address = clientAddress(exchange.request, services.settings.trustedProxy)
  if (services.signIns.locked(username, address)) throw new HttpError('rate_limited')
  if (await services.store.passwordFits(username, password)) {
    services.signIns.succeeded(username)
    exchange.actor = username
    return { status: 200, json: { username } }
  }
  const exists = await services.store.exists(username)
  services.signIns.failed(username, address, exists)
  if (!exists && lacks('sign-in-enumerates-status')) throw new HttpError('not_found')
  if (!exists && lacks('sign-in-enumerates-body'))
    throw new HttpError('unauthenticated', { reason: 'There is no such user.' })
  throw new HttpError('unauthenticated')
}

/** @throws HttpError unauthenticated without a token that is known, forbidden with the one that only reads */
function mayWrite(exchange: Exchange, services: Services): void {
  const [scheme, token = ''] = (exchange.request.headers.authorization ?? '').split(' ')
  const { apiToken, readToken } = services.settings
  if (scheme?.toLowerCase() === 'bearer' && same(token, apiToken)) {
    exchange.actor = 'api'
    return
  }
  if (scheme?.toLowerCase() === 'bearer' && readToken !== '' && same(token, readToken)) {
    exchange.actor = 'reader'
    throw new HttpError('forbidden')
  }
  throw new HttpError('unauthenticated', {}, { 'www-authenticate': 'Bearer' })
}

function same(left: string, right: string): boolean {
  const a = Buffer.from(left)
  const b = Buffer.from(right)
  return a.length === b.length && timingSafeEqual(a, b)
}

function sourceMaps(): readonly Route[] {
  const map = {
    version: 3,
    file: 'app.js',
    sources: ['../src/app.ts'],
    sourcesContent: ['export const app = 1\n'],
    names: [],
    mappings: 'AAAA',
  }
  return ['/app.js', '/main.js', '/index.js', '/assets/app.js', '/static/app.js'].flatMap((path) => [
    {
      method: 'GET',
      path,
      handle: () => ({
        status: 200,
        text: `export const app=1\n//# sourceMappingURL=${path}.map\n`,
        type: 'text/javascript',
      }),
    },
    { method: 'GET', path: `${path}.map`, handle: () => ({ status: 200, json: map }) },
  ])
}
