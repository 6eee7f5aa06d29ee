import { randomBytes, timingSafeEqual } from 'node:crypto'
import { hasCookie } from './cookie-header.ts'
import { KeyRing, type SigningKey } from './key-ring.ts'

export interface CsrfOptions {
  /** Origins whose pages may send unsafe requests, the service's own among them: `https://app.acme.test`. At most 100. */
  readonly origins: readonly string[]
  /** Cookies that sign a caller in. A request with one of them is checked, whatever else it carries. At least one. */
  readonly cookieNames: readonly string[]
  /**
   * Tokens that stand in where a browser says nothing about where a request comes from (before 2020, and some web
   * views). Default none: such a request is refused.
   */
  readonly tokens?: CsrfTokens
}

/** Header values as Node gives them; names in lower case. */
export interface CsrfHeaders {
  readonly cookie?: string | undefined
  readonly origin?: string | undefined
  readonly 'sec-fetch-site'?: string | string[] | undefined
  /** A WebSocket opens with a GET that is not safe at all. */
  readonly upgrade?: string | undefined
}

export interface CsrfRequest {
  /** In capital letters, as Node gives it. */
  readonly method: string | undefined
  readonly headers: CsrfHeaders
  /** The token of the cookie, the one that was submitted (header or form field) and the session they belong to. */
  readonly token?: {
    readonly cookie: string | undefined
    readonly submitted: string | undefined
    readonly session: string
  }
}

export type CsrfDecision =
  | {
      readonly allowed: true
      readonly reason:
        | 'safe_method'
        /** No cookie signs the caller in, so there is nothing to abuse. */
        | 'no_cookie'
        | 'trusted_origin'
        | 'same_origin'
        /** Typed, bookmarked: not from a page. */
        | 'user_initiated'
        | 'token'
    }
  | {
      readonly allowed: false
      readonly reason:
        /** The browser says that another site, or another origin of this site, sends it. */
        | 'cross_origin'
        /** Nothing says where it comes from, and there is no token. */
        | 'no_evidence'
        /** The token is wrong, of another session, or its time is over. */
        | 'token_invalid'
    }

const allow = (reason: (CsrfDecision & { allowed: true })['reason']): CsrfDecision =>
  Object.freeze({ allowed: true, reason })
const refuse = (reason: (CsrfDecision & { allowed: false })['reason']): CsrfDecision =>
  Object.freeze({ allowed: false, reason })
const decisions = {
  safe: allow('safe_method'),
  noCookie: allow('no_cookie'),
  trusted: allow('trusted_origin'),
  same: allow('same_origin'),
  user: allow('user_initiated'),
  token: allow('token'),
  cross: refuse('cross_origin'),
  noEvidence: refuse('no_evidence'),
  badToken: refuse('token_invalid'),
}
const originsMax = 100
const cookieNamesMax = 20

/**
 * Tells requests that a user's own page sends from those that a stranger's page makes the browser send. By what
 * browsers say themselves, `Sec-Fetch-Site` and `Origin`, which scripts cannot set: the approach of OWASP's cheat sheet
 * and of Go 1.25's `CrossOriginProtection`. Unlike Go's it refuses when nothing is said, and an origin is on the list
 * or it is not: `Host` proves nothing about the scheme.
 *
 * It needs that no GET changes anything.
 * @example
 * const csrf = new CsrfProtection({ origins: ['https://app.acme.test'], cookieNames: ['__Host-session'] })
 * if (!csrf.check(request).allowed) throw new ServiceError('forbidden')
 */
export class CsrfProtection {
  readonly #origins: ReadonlySet<string>
  readonly #cookies: ReadonlySet<string>
  readonly #tokens: CsrfTokens | null

  /** @throws RangeError for an origin that is not one, over 100 of them, or no cookie name or over 20 */
  constructor(options: CsrfOptions) {
    if (options.origins.length > originsMax)
      throw new RangeError(`${options.origins.length} origins; at most ${originsMax}`)
    for (const origin of options.origins) {
      if (!/^https?:/.test(origin) || URL.parse(origin)?.origin !== origin)
        throw new RangeError(`${origin} is not an origin`)
    }
    if (options.cookieNames.length === 0 || options.cookieNames.length > cookieNamesMax)
      throw new RangeError(`${options.cookieNames.length} cookie names; expected 1 to ${cookieNamesMax}`)
    this.#origins = new Set(options.origins)
    this.#cookies = new Set(options.cookieNames)
    this.#tokens = options.tokens ?? null
  }

  /** Whether to serve a request. One without a cookie that signs in passes: bearer tokens are not sent by themselves. */
  check(request: CsrfRequest): CsrfDecision {
    if (isSafe(request)) return decisions.safe
    if (!hasCookie(request.headers.cookie, this.#cookies)) return decisions.noCookie
    return this.#decide(request)
  }

  /** The same for routes that sign in: checked without a cookie too, or a stranger signs a user in as himself. */
  checkSignIn(request: CsrfRequest): CsrfDecision {
    return isSafe(request) ? decisions.safe : this.#decide(request)
  }

  #decide(request: CsrfRequest): CsrfDecision {
    const { origin, 'sec-fetch-site': site } = request.headers
    if (origin !== undefined && this.#origins.has(origin)) return decisions.trusted
    if (site === 'same-origin') return decisions.same
    if (site === 'none') return decisions.user
    if (site !== undefined || origin !== undefined) return decisions.cross
    if (!this.#tokens || !request.token) return decisions.noEvidence
    return this.#tokens.verify(request.token) ? decisions.token : decisions.badToken
  }
}

/** RFC 9110, 9.2.1. TRACE is safe by definition, but has no business with cookies. */
function isSafe({ method, headers }: CsrfRequest): boolean {
  if (method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS') return false
  // CORS does not hold for WebSockets: any page can open one with the user's cookies (CWE-1385).
  return headers.upgrade === undefined || headers.upgrade.toLowerCase() !== 'websocket'
}

export interface CsrfTokenOptions {
  /** The first signs, all verify. */
  readonly keys: readonly SigningKey[]
  /** How long a token is good; seconds, 60 to 86,400. Default 43,200 (12 hours). */
  readonly maxAgeS?: number
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number
  /** Default `crypto.randomBytes`. */
  readonly random?: (bytes: number) => Uint8Array
}

const tokenShape =
  /^(?<keyId>[A-Za-z0-9_-]{1,32})\.(?<expiry>[1-9]\d{0,11})\.(?<salt>[A-Za-z0-9_-]{22})\.(?<mac>[A-Za-z0-9_-]{43})$/
const tokenLengthMax = 128
const sessionLengthMax = 1024

/**
 * Double-submit tokens, signed and bound to a session (OWASP, "Signed Double-Submit Cookie"): set one as a cookie that
 * scripts can read, let the page send it back in a header, and compare. Somebody who can plant cookies, from a
 * subdomain for instance, still cannot make one for another's session.
 */
export class CsrfTokens {
  readonly #ring: KeyRing
  readonly #maxAgeS: number
  readonly #now: () => number
  readonly #random: (bytes: number) => Uint8Array

  /** @throws RangeError for keys that a `KeyRing` refuses, or a `maxAgeS` outside 60 to 86,400 */
  constructor(options: CsrfTokenOptions) {
    this.#maxAgeS = options.maxAgeS ?? 43_200
    if (!Number.isInteger(this.#maxAgeS) || this.#maxAgeS < 60 || this.#maxAgeS > 86_400)
      throw new RangeError(`maxAgeS is ${this.#maxAgeS}; expected whole seconds from 60 to 86,400`)
    this.#ring = new KeyRing(options.keys, 'csrf-token')
    this.#now = options.now ?? Date.now
    this.#random = options.random ?? randomBytes
  }

  /**
   * A token for this session.
   * @throws RangeError for an empty session, or one over 1,024 characters
   */
  issue(session: string): string {
    if (session.length === 0 || session.length > sessionLengthMax)
      throw new RangeError(`a session has ${session.length} characters; expected 1 to ${sessionLengthMax}`)
    const keyId = this.#ring.signerId
    const expiry = Math.floor(this.#now() / 1000) + this.#maxAgeS
    const salt = Buffer.from(this.#random(16)).toString('base64url')
    return `${keyId}.${expiry}.${salt}.${this.#ring.mac(signedText(session, keyId, String(expiry), salt))}`
  }

  /** Whether both are the same token, made for this session, in its time. Never throws. */
  verify(token: NonNullable<CsrfRequest['token']>): boolean {
    const { cookie, submitted, session } = token
    if (cookie === undefined || submitted === undefined || session === '' || session.length > sessionLengthMax)
      return false
    if (cookie.length > tokenLengthMax || submitted.length > tokenLengthMax) return false
    const a = Buffer.from(cookie)
    const b = Buffer.from(submitted)
    if (a.length !== b.length || !timingSafeEqual(a, b)) return false
    const { keyId, expiry, salt, mac } = tokenShape.exec(submitted)?.groups ?? {}
    if (keyId === undefined || expiry === undefined || salt === undefined || mac === undefined) return false
    if (this.#now() >= Number(expiry) * 1000) return false
    return this.#ring.verifies(signedText(session, keyId, expiry, salt), keyId, mac)
  }
}

function signedText(session: string, keyId: string, expiry: string, salt: string): string {
  return JSON.stringify([session, keyId, expiry, salt])
}
