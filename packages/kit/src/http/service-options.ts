import type { CsrfProtection } from '../edge/csrf.ts'
import type { SecurityHeaderOptions } from '../edge/security-headers.ts'
import type { ErrorRegistry } from '../errors/registry.ts'
import type { LoadShedderOptions } from '../limits/load-shedder.ts'
import type { RateLimiter } from '../limits/rate-limiter.ts'
import type { ErrorTracker } from '../telemetry/error-tracker.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Tracing } from '../telemetry/tracing.ts'
import type { HttpLimits } from './limits.ts'
import type { ApiInfo } from './openapi.ts'
import type { ErrorsBehind, OperationsAccess } from './operational-routes.ts'
import type { Actor, AnyRoute } from './route.ts'
import type { StreamRoute } from './stream-route.ts'
import type { TlsOptions } from './tls-server.ts'

export interface ServiceOptions<A extends Actor> {
  readonly info: ApiInfo
  readonly routes: readonly AnyRoute[]
  /** Routes that stream their requests and answers on: what a gateway does. Default none. */
  readonly streams?: readonly StreamRoute[]
  readonly errors: ErrorRegistry
  readonly logger: Logger
  /** Who a bearer token belongs to, or null. Asked only on routes that are not public. */
  readonly authenticate: (token: string) => Promise<A | null>
  /** Whether an actor has a permission that a route names. Default: nobody has any. */
  readonly permits?: (actor: A, permission: string) => boolean
  /** Required parts that do not answer now, by name. Must not throw and end within a second. Default none. */
  readonly notReady?: () => Promise<readonly string[]>
  /**
   * Parts that do not answer now and without which the service serves all the same, by name: `/ready` lists them and says
   * ready. Must not throw and end within a second. Default none.
   */
  readonly degraded?: () => Promise<readonly string[]>
  /**
   * Who may read `/metrics` and `/openapi.json`: whoever reaches the port, whoever has the token (as a bearer token), or nobody
   * (404). Probes and `/errors` stay open. Default `public`.
   */
  readonly operationsAccess?: OperationsAccess
  /** Asked by `/errors/{code}` for a code that this service does not have: what a gateway lets through. Default none. */
  readonly errorsBehind?: ErrorsBehind
  /** Serves HTTPS, TLS 1.2 or later, HTTP/1.1 only. Default none: plain HTTP, behind something that ends TLS. */
  readonly tls?: TlsOptions
  /** Requests a minute per address, counted in this process. Default 100. */
  readonly ratePerMin?: number
  /** A limit that all replicas share, asked instead; its one limit is named `address`. Default none. */
  readonly sharedRate?: RateLimiter<'address'>
  /** When too much is too much. Default: 200 ms of delay of the event loop for half a second, and a limit of requests under way that adapts. */
  readonly overload?: LoadShedderOptions
  /** Origins that browsers may call from. Default none. */
  readonly corsOrigins?: readonly string[]
  /** Profiles of security headers besides `api`, `document` and `download`, and changes to these. */
  readonly headers?: SecurityHeaderOptions<string>
  /** For services whose callers are signed in by a cookie. Default none: a bearer token is nothing that a browser adds. */
  readonly csrf?: CsrfProtection
  /** Addresses or CIDR blocks of proxies whose forwarding headers are believed. Default none: the socket's address counts. */
  readonly trustedProxies?: readonly string[]
  /** Which header those proxies write. Default `x-forwarded-for`. */
  readonly forwardingHeader?: 'x-forwarded-for' | 'forwarded'
  /** Put before links in errors, as `https://api.acme.test`. Default empty: links are relative. */
  readonly publicUrl?: string
  readonly limits?: Partial<HttpLimits>
  /** Default: metrics of its own. */
  readonly metrics?: Metrics
  /** Default: no traces, and no trace context sent on. */
  readonly tracing?: Tracing
  /** Takes every error that nobody expected. Default none. */
  readonly errorTracker?: ErrorTracker
  /** Run in order after the last answer of a stop: close pools, flush. */
  readonly onStop?: readonly (() => Promise<void>)[]
  /** Limit for answers under way when a stop begins; milliseconds. Default 8,000. */
  readonly stopDeadlineMs?: number
  /** How long a stopping service still accepts connections; milliseconds. Default 200. */
  readonly stopAcceptMs?: number
  /** Milliseconds of a clock that only goes forward. Default the process's. */
  readonly monotonicMs?: () => number
}
