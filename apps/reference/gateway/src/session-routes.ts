import type { CsrfProtection } from '@greengate/kit/edge'
import { ServiceError } from '@greengate/kit/errors'
import { type Actor, type AnyRoute, type RouteAnswer, type RouteRequest, routesFor } from '@greengate/kit/http'
import { z } from 'zod'
import type { Backend } from './backend.ts'
import { readJson } from './backend-json.ts'
import type { PublicHosts } from './public-hosts.ts'
import type { SessionCookie } from './session-cookie.ts'

const route = routesFor<Actor>()

const credentialsSchema = z.strictObject({
  email: z.string().min(3).max(254),
  password: z.string().min(1).max(256),
})
const userSchema = z.object({ id: z.string(), email: z.string() })
const signedInSchema = z.object({ token: z.string(), expires_at: z.iso.datetime({ offset: true }), user: userSchema })
/** Errors of the platform come through as they are: their code and text are for the one who signs in. */
const errorSchema = z.object({ error: z.object({ code: z.string() }).loose() })

type Request = RouteRequest<Actor, unknown, unknown, unknown>

export interface SessionOptions {
  readonly platform: Backend
  readonly cookie: SessionCookie
  readonly csrf: CsrfProtection
  readonly hosts: PublicHosts
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Sessions of browsers: the token of the platform in a cookie that scripts cannot read. */
export function sessionRoutes(options: SessionOptions): AnyRoute[] {
  const { cookie, csrf, hosts } = options
  const common = { path: '/session', access: 'public', tag: 'session' } as const
  return [
    route({
      ...common,
      id: 'getSession',
      method: 'GET',
      summary: 'Whether this browser holds a session; the session itself may have ended elsewhere',
      answers: {
        200: {
          description: 'Whether it does',
          schema: z.object({ signed_in: z.boolean() }),
          example: { signed_in: true },
        },
      },
      errors: ['host_not_served'],
      handler: ({ header }) => {
        hosts.check(hostsOf(header))
        return { status: 200, body: { signed_in: cookie.tokenOf(header('cookie')) !== null } }
      },
    }),
    route({
      ...common,
      id: 'beginSession',
      method: 'POST',
      summary: 'Signs in and keeps the session in a cookie; errors are those of the platform',
      body: credentialsSchema,
      bodyExample: { email: 'owner@example.com', password: 'a long password' },
      answers: {
        200: {
          description: 'Signed in',
          schema: z.object({ user: userSchema, expires_at: z.string() }),
          example: { user: { id: '1', email: 'owner@example.com' }, expires_at: '2026-11-22T00:00:00Z' },
        },
      },
      errors: ['host_not_served', 'csrf_refused', 'upstream_unavailable', 'upstream_timeout'],
      handler: (request) => begin(request, options),
    }),
    route({
      ...common,
      id: 'endSession',
      method: 'DELETE',
      summary: 'Ends the session of the cookie, if there is one, and takes the cookie away',
      answers: { 204: { description: 'Signed out' } },
      errors: ['host_not_served', 'csrf_refused', 'upstream_unavailable', 'upstream_timeout'],
      handler: async (request) => {
        const { header } = request
        hosts.check(hostsOf(header))
        if (!csrf.check({ method: 'DELETE', headers: csrfHeaders(header) }).allowed)
          throw new ServiceError('csrf_refused', { stack: false })
        const token = cookie.tokenOf(header('cookie'))
        if (token !== null) await end(request, options.platform, token)
        return { status: 204, headers: { 'set-cookie': cookie.clear() } }
      },
    }),
  ]
}

const hostsOf = (header: Request['header']): string[] => [header('host')].filter((one) => one !== undefined)

const csrfHeaders = (header: Request['header']) => ({
  cookie: header('cookie'),
  origin: header('origin'),
  'sec-fetch-site': header('sec-fetch-site'),
})

async function begin(
  request: RouteRequest<Actor, unknown, unknown, z.output<typeof credentialsSchema>>,
  { platform, cookie, csrf, hosts, now }: SessionOptions,
): Promise<RouteAnswer> {
  const { header, body } = request
  hosts.check(hostsOf(header))
  // Without a cookie too: a stranger's page must not sign its visitors in as somebody else.
  if (!csrf.checkSignIn({ method: 'POST', headers: csrfHeaders(header) }).allowed)
    throw new ServiceError('csrf_refused', { stack: false })
  const answer = await platform.send({
    method: 'POST',
    path: '/v1/sign-in',
    headers: { ...said(request), 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: request.signal,
  })
  const json = await readJson(answer)
  if (answer.status === 200) {
    const { token, expires_at, user } = understood(signedInSchema, json)
    return {
      status: 200,
      body: { user, expires_at },
      headers: { 'set-cookie': cookie.issue(token, expires_at, now()) },
    }
  }
  const known = understood(errorSchema, json)
  request.note({ refused: known.error.code })
  const retryAfter = answer.headers['retry-after']
  return {
    status: answer.status >= 400 ? answer.status : 502,
    body: known,
    ...(typeof retryAfter === 'string' ? { headers: { 'retry-after': retryAfter } } : {}),
  }
}

/** @throws ServiceError when the platform did not end it: then the cookie stays, so that it can be tried again */
async function end(request: Request, platform: Backend, token: string): Promise<void> {
  const answer = await platform.send({
    method: 'POST',
    path: '/v1/sign-out',
    headers: { ...said(request), authorization: `Bearer ${token}` },
    body: null,
    signal: request.signal,
  })
  answer.body.resume()
  // 401: it had ended already.
  if (answer.status !== 204 && answer.status !== 401) throw new ServiceError('upstream_unavailable', { stack: false })
}

/** What the platform is told about who asks. */
function said({ address, correlationId, header }: Request): Record<string, string> {
  const userAgent = header('user-agent')
  return {
    accept: 'application/json',
    'x-correlation-id': correlationId,
    'x-request-id': correlationId,
    'x-forwarded-for': address,
    ...(userAgent === undefined ? {} : { 'user-agent': userAgent }),
  }
}

/** @throws ServiceError `upstream_unavailable` for what the platform never says */
function understood<T extends z.ZodType>(schema: T, json: unknown): z.output<T> {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  throw new ServiceError('upstream_unavailable', {
    cause: new Error('platform: an answer that nobody knows'),
    stack: false,
  })
}
