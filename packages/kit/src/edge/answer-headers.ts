import type { Cors } from './cors.ts'
import type { SecurityHeaderProfile } from './security-headers.ts'

/** Headers that were computed in advance: read them, they are frozen. */
export interface PreparedHeaders {
  readonly headers: Readonly<Record<string, string>>
  /** The same as names and values in turn. */
  readonly flat: readonly string[]
}

/**
 * The headers of a profile and of CORS in one object, made once for each origin on the list and once for all others: a
 * request costs one look-up. Make one for each profile that routes use.
 * @example
 * const answers = new AnswerHeaders(createSecurityHeaders().api, new Cors({ origins }))
 * response.writeHead(200, answers.of(request.headers.origin).headers)
 */
export class AnswerHeaders {
  readonly #cors: Cors
  readonly #profile: SecurityHeaderProfile
  readonly #strangers: PreparedHeaders
  /** At most one for each origin on the list, made when it first comes. */
  readonly #origins = new Map<string, PreparedHeaders>()

  /**
   * @param profile a profile with nonces gives its headers for an answer without one; set the policy of the answer
   * yourself
   */
  constructor(profile: SecurityHeaderProfile, cors: Cors) {
    this.#cors = cors
    this.#profile = profile
    this.#strangers = join(profile, cors.answer(undefined))
  }

  /** Headers of an answer to a request with this Origin header. */
  of(origin: string | undefined): PreparedHeaders {
    if (origin === undefined) return this.#strangers
    const known = this.#origins.get(origin)
    if (known) return known
    const answer = this.#cors.answer(origin)
    // Strangers are not remembered: they can make up as many origins as they like.
    if (!answer.allowed) return this.#strangers
    const made = join(this.#profile, answer)
    this.#origins.set(origin, made)
    return made
  }
}

function join(profile: PreparedHeaders, cors: PreparedHeaders): PreparedHeaders {
  const headers = Object.freeze({ ...profile.headers, ...cors.headers })
  return Object.freeze({ headers, flat: Object.freeze(Object.entries(headers).flat()) })
}
