export interface CorsOptions {
  /** Origins that may read answers: scheme, host and port, exactly as browsers send them. At most 1,000. */
  readonly origins: readonly string[]
  /** Default: the methods of a JSON API. */
  readonly methods?: readonly string[]
  /** Request headers that scripts may set. Default authorization, content-type and the correlation id. */
  readonly headers?: readonly string[]
  /** Answer headers that scripts may read. */
  readonly exposed?: readonly string[]
  /** How long a browser may keep a preflight's answer; seconds, 0 to 86,400. Default 600. */
  readonly maxAgeS?: number
  /** Whether browsers may send cookies along. The list of origins is then all that protects them. Default false. */
  readonly credentials?: boolean
  /** Whether public pages may call a service in a private network (Private Network Access). Default false. */
  readonly privateNetwork?: boolean
}

/** What one route allows; the rest comes from the policy. */
export interface CorsRouteOptions {
  /** Methods of this path. Default those of the policy. */
  readonly methods?: readonly string[]
  /** Request headers scripts may set on this path. Default those of the policy. */
  readonly headers?: readonly string[]
}

/** What a browser asks before it sends a request: the values of these headers, undefined where there is none. */
export interface PreflightRequest {
  readonly origin: string | undefined
  /** `Access-Control-Request-Method`. */
  readonly method: string | undefined
  /** `Access-Control-Request-Headers`. */
  readonly headers?: string | undefined
  /** `Access-Control-Request-Private-Network`. */
  readonly privateNetwork?: string | undefined
}

/** Headers computed in advance: read them, they are frozen. */
export interface CorsAnswer {
  readonly allowed: boolean
  readonly headers: Readonly<Record<string, string>>
  /** The same as names and values in turn. */
  readonly flat: readonly string[]
}

const originsMax = 1000
const tokenName = /^[A-Za-z0-9!#$%&'+.^_`|~-]{1,64}$/
/** Names in a preflight are few; whatever is longer is refused unread. */
const requestedLengthMax = 1024
const preflightVary =
  'Origin, Access-Control-Request-Method, Access-Control-Request-Headers, Access-Control-Request-Private-Network'
const nobody = answer(false, { vary: 'Origin' })
const noPreflight = answer(false, { vary: preflightVary })

interface CorsParts {
  readonly origins: ReadonlySet<string>
  readonly methods: readonly string[]
  readonly headers: readonly string[]
  readonly maxAgeS: number
  readonly credentials: boolean
  readonly privateNetwork: boolean
}

/**
 * An allow-list and nothing else: no star, no `null`, no reflection, and no credentials in cookies unless asked for.
 * Every answer there can be is computed at construction; a request costs one look-up.
 * @example
 * const cors = new Cors({ origins: ['https://app.acme.test'] })
 * const { flat } = cors.answer(request.headers.origin)
 */
export class Cors {
  readonly #parts: CorsParts
  readonly #answers = new Map<string, CorsAnswer>()
  readonly #legacyPreflights = new Map<string, Readonly<Record<string, string>>>()

  /**
   * @throws RangeError for an origin that is not one (a path, a star, `null`, another scheme than http(s)), over 1,000
   * of them, a method or header that is a star or no token, or a `maxAgeS` outside 0 to 86,400
   */
  constructor(options: CorsOptions) {
    for (const origin of options.origins) {
      if (!/^https?:/.test(origin) || URL.parse(origin)?.origin !== origin)
        throw new RangeError(`${origin} is not an origin`)
    }
    if (options.origins.length > originsMax)
      throw new RangeError(`${options.origins.length} origins; at most ${originsMax}`)
    const maxAgeS = options.maxAgeS ?? 600
    if (!Number.isInteger(maxAgeS) || maxAgeS < 0 || maxAgeS > 86_400)
      throw new RangeError(`maxAgeS is ${maxAgeS}; expected whole seconds from 0 to 86,400`)
    const exposed = tokens(options.exposed ?? ['x-correlation-id', 'retry-after', 'ratelimit', 'ratelimit-policy'])
    this.#parts = {
      origins: new Set(options.origins),
      methods: tokens(options.methods ?? ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']),
      headers: tokens(options.headers ?? ['authorization', 'content-type', 'x-correlation-id']),
      maxAgeS,
      credentials: options.credentials ?? false,
      privateNetwork: options.privateNetwork ?? false,
    }
    for (const origin of this.#parts.origins) {
      const headers: Record<string, string> = { vary: 'Origin', 'access-control-allow-origin': origin }
      if (exposed.length > 0) headers['access-control-expose-headers'] = exposed.join(', ')
      if (this.#parts.credentials) headers['access-control-allow-credentials'] = 'true'
      this.#answers.set(origin, answer(true, headers))
      this.#legacyPreflights.set(
        origin,
        Object.freeze({
          ...headers,
          'access-control-allow-methods': this.#parts.methods.join(', '),
          'access-control-allow-headers': this.#parts.headers.join(', '),
          'access-control-max-age': String(maxAgeS),
        }),
      )
    }
  }

  /** Headers of an answer to a request with this Origin header. `Vary` always: a cache must not mix origins. */
  answer(origin: string | undefined): CorsAnswer {
    return origin === undefined ? nobody : (this.#answers.get(origin) ?? nobody)
  }

  /**
   * Headers of an answer to a request with this Origin header, or of a preflight for any route. Where routes differ use
   * `route(...).preflight`, which names only what the route allows.
   */
  headers(origin: string | undefined, preflight: boolean): Readonly<Record<string, string>> {
    if (origin === undefined) return nobody.headers
    if (preflight) return this.#legacyPreflights.get(origin) ?? nobody.headers
    return (this.#answers.get(origin) ?? nobody).headers
  }

  /**
   * The answers to preflights of one path.
   * @throws RangeError for a method or header that is a star or no token
   */
  route(options: CorsRouteOptions = {}): CorsRoute {
    return new CorsRoute(this.#parts, options)
  }
}

/** Answers preflights of one path. Made by `Cors.route`. */
export class CorsRoute {
  readonly #parts: CorsParts
  readonly #methods: ReadonlySet<string>
  readonly #names: ReadonlySet<string>
  readonly #fixed: Readonly<Record<string, string>>
  /** At most two for each origin on the list, made at its first preflight. */
  readonly #answers = new Map<string, CorsAnswer>()
  readonly #privateAnswers = new Map<string, CorsAnswer>()

  constructor(parts: CorsParts, options: CorsRouteOptions) {
    this.#parts = parts
    const methods = tokens(options.methods ?? parts.methods)
    const headers = tokens(options.headers ?? parts.headers)
    this.#methods = new Set(methods)
    this.#names = new Set(headers.map((name) => name.toLowerCase()))
    this.#fixed = {
      'access-control-allow-methods': methods.join(', '),
      ...(headers.length > 0 ? { 'access-control-allow-headers': headers.join(', ') } : {}),
      'access-control-max-age': String(parts.maxAgeS),
      ...(parts.credentials ? { 'access-control-allow-credentials': 'true' } : {}),
    }
  }

  /**
   * The answer to a preflight: refused, with nothing but `Vary`, for a stranger, a method or a header that the route
   * lacks, or a public page that asks for a private network it may not reach.
   */
  preflight(request: PreflightRequest): CorsAnswer {
    const { origin, method } = request
    if (origin === undefined || method === undefined || !this.#parts.origins.has(origin)) return noPreflight
    if (!this.#methods.has(method) || !this.#allows(request.headers)) return noPreflight
    const isPrivate = request.privateNetwork === 'true'
    if (isPrivate && !this.#parts.privateNetwork) return noPreflight
    const answers = isPrivate ? this.#privateAnswers : this.#answers
    let known = answers.get(origin)
    if (!known) {
      known = answer(true, {
        vary: preflightVary,
        'access-control-allow-origin': origin,
        ...this.#fixed,
        ...(isPrivate ? { 'access-control-allow-private-network': 'true' } : {}),
      })
      answers.set(origin, known)
    }
    return known
  }

  #allows(requested: string | undefined): boolean {
    if (requested === undefined || requested === '') return true
    if (requested.length > requestedLengthMax) return false
    for (const name of requested.split(',')) {
      if (!this.#names.has(name.trim().toLowerCase())) return false
    }
    return true
  }
}

function tokens(names: readonly string[]): readonly string[] {
  for (const name of names) {
    // A star would mean "everything" to browsers, or the literal name once credentials are sent: never what is meant.
    if (!tokenName.test(name))
      throw new RangeError(`${JSON.stringify(name.slice(0, 80))} is not a method or header name`)
  }
  return names
}

function answer(allowed: boolean, headers: Record<string, string>): CorsAnswer {
  return Object.freeze({
    allowed,
    headers: Object.freeze(headers),
    flat: Object.freeze(Object.entries(headers).flat()),
  })
}
