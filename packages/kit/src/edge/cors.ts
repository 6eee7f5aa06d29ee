export interface CorsOptions {
  /** Origins that may read answers: scheme, host and port, exactly as browsers send them. */
  readonly origins: readonly string[]
  /** Default: the methods of a JSON API. */
  readonly methods?: readonly string[]
  /** Request headers that scripts may set. Default authorization, content-type and the correlation id. */
  readonly headers?: readonly string[]
  /** Answer headers that scripts may read. */
  readonly exposed?: readonly string[]
  /** How long a browser may keep a preflight's answer; seconds. Default 600. */
  readonly maxAgeS?: number
}

/** An allow-list and nothing else: no star, no `null`, no reflection, and no credentials in cookies. */
export class Cors {
  readonly #origins: ReadonlySet<string>
  readonly #preflight: Readonly<Record<string, string>>
  readonly #exposed: string

  /** @throws RangeError for an origin that is not one: a path, a star, `null`, another scheme than http(s) */
  constructor(options: CorsOptions) {
    for (const origin of options.origins) {
      if (!/^https?:/.test(origin) || URL.parse(origin)?.origin !== origin)
        throw new RangeError(`${origin} is not an origin`)
    }
    this.#origins = new Set(options.origins)
    this.#exposed = (options.exposed ?? ['x-correlation-id', 'retry-after', 'ratelimit', 'ratelimit-policy']).join(', ')
    this.#preflight = {
      'access-control-allow-methods': (options.methods ?? ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).join(', '),
      'access-control-allow-headers': (options.headers ?? ['authorization', 'content-type', 'x-correlation-id']).join(
        ', ',
      ),
      'access-control-max-age': String(options.maxAgeS ?? 600),
    }
  }

  /** Headers of an answer to a request with this Origin header. `Vary` always: a cache must not mix origins. */
  headers(origin: string | undefined, preflight: boolean): Readonly<Record<string, string>> {
    if (origin === undefined || !this.#origins.has(origin)) return { vary: 'Origin' }
    return {
      vary: 'Origin',
      'access-control-allow-origin': origin,
      'access-control-expose-headers': this.#exposed,
      ...(preflight ? this.#preflight : {}),
    }
  }
}
