import type { z } from 'zod'
import type { LogFields } from '../telemetry/logger.ts'

/** Who sends a request. */
export interface Actor {
  /** `user`, `service`, ...: what `access` of a route names. */
  readonly kind: string
  readonly id: string
}

/** What is turned away first when there is too much: `background`, then `normal`; `probe` never is. */
export type Priority = 'probe' | 'critical' | 'normal' | 'background'

export interface AnswerSpec {
  readonly description: string
  /** Schema of the JSON body; none: no body. */
  readonly schema?: z.ZodType
  readonly example?: unknown
  /** Default application/json. With another one the body must be a string. */
  readonly contentType?: string
}

export interface RouteRequest<A extends Actor, P, Q, B> {
  readonly params: P
  readonly query: Q
  readonly body: B
  /** The body as it came, on a route with `rawBody`; empty on others. */
  readonly rawBody: Buffer
  /** Null on public routes. */
  readonly actor: A | null
  /** The bearer token as it came, or an empty string. */
  readonly token: string
  /** Address of the caller: of the socket, or what a trusted proxy says. */
  readonly address: string
  readonly correlationId: string
  /** A header as it came, by its name in lower case; several of one name joined by a comma. */
  readonly header: (name: string) => string | undefined
  /** Aborts when the time for the request is over or the caller went away: hand it to whatever can be cancelled. */
  readonly signal: AbortSignal
  /** Adds fields to the one log line of this request. */
  readonly note: (fields: LogFields) => void
}

export interface RouteAnswer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Everything there is to know about a route: what runs is what is documented. */
export interface RouteSpec<A extends Actor, P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> {
  readonly id: string
  readonly method: Method
  /** As OpenAPI writes it: `/v1/things/{id}`. */
  readonly path: string
  /** Kinds of actors that may call it. There is no default: a route that says nothing does not compile. */
  readonly access: 'public' | readonly A['kind'][]
  /** A permission that the actor must have besides being of such a kind; asked of `permits`. Default none. */
  readonly permission?: string
  /** An operational endpoint: no rate limit, never turned away. Default false. */
  readonly probe?: boolean
  /** Profile of its security headers: `api`, `document`, `download`, or one of the service's own. Default `api`. */
  readonly headers?: string
  /** Requests a minute per address for this route alone, instead of the service's. */
  readonly ratePerMin?: number
  /** Default `normal`; for an operational endpoint `probe`. */
  readonly priority?: Priority
  /** How long its work may take; milliseconds. Default: the service's. */
  readonly deadlineMs?: number
  readonly summary: string
  readonly description?: string
  readonly tag: string
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  /** Whether the body is taken as bytes of any type, unread: signatures of webhooks are over those. Not with `body`. Default false. */
  readonly rawBody?: boolean
  /** Example of the body, for the description. */
  readonly bodyExample?: unknown
  readonly answers: Readonly<Record<number, AnswerSpec>>
  /** Codes this route answers with besides those that any route may. */
  readonly errors: readonly string[]
  readonly handler: (
    request: RouteRequest<A, z.output<P>, z.output<Q>, z.output<B>>,
  ) => Promise<RouteAnswer> | RouteAnswer
}

/** A route whose types were checked where it was written. */
export type AnyRoute = Omit<RouteSpec<Actor, z.ZodObject, z.ZodObject, z.ZodType>, 'handler'> & {
  readonly handler: (request: RouteRequest<Actor, never, never, never>) => Promise<RouteAnswer> | RouteAnswer
}

/** Binds the kind of actor, then types each route's handler by its schemas. */
export function routesFor<A extends Actor>() {
  return <P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(route: RouteSpec<A, P, Q, B>): AnyRoute =>
    route as unknown as AnyRoute
}

/** Codes that a route may answer with because of what it is. */
export function commonErrors(route: AnyRoute): string[] {
  const codes = ['malformed_request', 'request_timeout', 'headers_too_large', 'internal', 'deadline_exceeded']
  if (!route.probe) codes.push('rate_limited', 'overloaded')
  if (route.access !== 'public') codes.push('unauthenticated', 'forbidden')
  if (route.method !== 'GET') codes.push('body_too_large', 'unsupported_media_type', 'payload_too_deep')
  if (route.body ?? route.query ?? route.params) codes.push('validation_failed')
  if (route.params) codes.push('uri_too_long')
  return [...new Set([...codes, ...route.errors])]
}
