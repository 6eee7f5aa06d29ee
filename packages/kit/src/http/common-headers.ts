import type { IncomingMessage } from 'node:http'
import { AnswerHeaders } from '../edge/answer-headers.ts'
import { Cors, type CorsRoute } from '../edge/cors.ts'
import { createSecurityHeaders, type SecurityHeaderOptions } from '../edge/security-headers.ts'

/** What every answer has, worked out once for every profile and every origin on the list. */
export class CommonHeaders {
  /** For answers that are written by hand. */
  readonly api: Readonly<Record<string, string>>
  readonly #profiles = new Map<string, AnswerHeaders>()
  readonly #default: AnswerHeaders
  readonly #cors: Cors
  /** By the methods of a path: as many as there are different sets of them. */
  readonly #preflights = new Map<string, CorsRoute>()

  /** @throws RangeError for an origin that is not one, or headers that make no sense */
  constructor(origins: readonly string[], options: SecurityHeaderOptions<string> | undefined) {
    const profiles = createSecurityHeaders<string>(options)
    this.#cors = new Cors({ origins })
    for (const [name, profile] of Object.entries(profiles))
      this.#profiles.set(name, new AnswerHeaders(profile, this.#cors))
    this.#default = this.profile('api')
    this.api = { ...profiles['api']?.headers, 'cache-control': 'no-store' }
  }

  /** @throws RangeError for a profile that nobody defined */
  profile(name: string): AnswerHeaders {
    const known = this.#profiles.get(name)
    if (!known) throw new RangeError(`there is no profile ${name}: expected ${[...this.#profiles.keys()].join(', ')}`)
    return known
  }

  /** Flat names and values for an answer to a request with this Origin header. */
  for(origin: string | undefined): readonly string[] {
    return this.#default.of(origin).flat
  }

  /** The answer to a preflight for a path with these methods, as `Allow` lists them; null for what is none. */
  preflight(request: IncomingMessage, allow: string): Readonly<Record<string, string>> | null {
    const { headers } = request
    const method = headers['access-control-request-method']
    if (request.method !== 'OPTIONS' || headers.origin === undefined || method === undefined) return null
    let route = this.#preflights.get(allow)
    if (!route) {
      route = this.#cors.route({ methods: allow.split(', ') })
      this.#preflights.set(allow, route)
    }
    const privateNetwork = headers['access-control-request-private-network']
    return route.preflight({
      origin: headers.origin,
      method,
      headers: headers['access-control-request-headers'],
      privateNetwork: Array.isArray(privateNetwork) ? privateNetwork[0] : privateNetwork,
    }).headers
  }
}
