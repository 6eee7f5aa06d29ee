import { createHash, timingSafeEqual } from 'node:crypto'
import { ServiceError } from '@greengate/kit/errors'
import type { HttpClient } from '@greengate/kit/resilience'
import { z } from 'zod'

/** Roles in an organisation, from most to least. */
export const ROLES = ['owner', 'admin', 'member', 'viewer'] as const
export type Role = (typeof ROLES)[number]

/** A signed-in person as the platform knows them, or another process of the platform. */
export interface Caller {
  readonly kind: 'user' | 'service'
  readonly id: string
  readonly email: string | null
  /** Slug of an organisation to the role there. */
  readonly roles: Readonly<Record<string, Role>>
}

/** What `GET /v1/me` of the platform answers, as far as others need it. */
const meSchema = z.object({
  kind: z.enum(['user', 'service']),
  id: z.string(),
  email: z.string().nullable(),
  organisations: z.array(z.object({ slug: z.string(), role: z.enum(ROLES) })),
})

export function tokenDigest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Whether a token is the one of the platform's processes; takes equally long for any. */
export function isServiceToken(token: string, serviceToken: string): boolean {
  return timingSafeEqual(tokenDigest(token), tokenDigest(serviceToken))
}

const FRESH_MS = 10_000
const KEPT_MAX = 10_000

interface Known {
  readonly caller: Caller
  readonly untilMs: number
}

/**
 * Who a bearer token belongs to, asked of the platform and kept for 10 s: that long a session that ended can still be used
 * elsewhere. A refusal is not kept.
 */
export class Callers {
  readonly #client: Pick<HttpClient, 'request'>
  readonly #serviceToken: string
  readonly #monotonicMs: () => number
  readonly #known = new Map<string, Known>()

  /** @param client for the platform's address */
  constructor(
    client: Pick<HttpClient, 'request'>,
    serviceToken: string,
    monotonicMs: () => number = () => performance.now(),
  ) {
    this.#client = client
    this.#serviceToken = serviceToken
    this.#monotonicMs = monotonicMs
  }

  /**
   * Null for a token that is nobody's.
   * @throws ServiceError `upstream_unavailable` when the platform does not answer
   */
  async callerOf(token: string): Promise<Caller | null> {
    if (isServiceToken(token, this.#serviceToken)) return { kind: 'service', id: 'platform', email: null, roles: {} }
    const key = tokenDigest(token).toString('base64')
    const nowMs = this.#monotonicMs()
    const known = this.#known.get(key)
    if (known && known.untilMs > nowMs) return known.caller
    const caller = await this.#ask(token)
    this.#known.delete(key)
    if (!caller) return null
    // The oldest goes first: a map keeps the order of insertion.
    const oldest = this.#known.size >= KEPT_MAX ? this.#known.keys().next().value : undefined
    if (oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(key, { caller, untilMs: nowMs + FRESH_MS })
    return caller
  }

  async #ask(token: string): Promise<Caller | null> {
    const answer = await this.#client.request({ path: '/v1/me', headers: { authorization: `Bearer ${token}` } })
    if (answer.status === 401) return null
    if (answer.status !== 200) throw new ServiceError('upstream_unavailable')
    const me = meSchema.parse(answer.json())
    return {
      kind: me.kind,
      id: me.id,
      email: me.email,
      roles: Object.fromEntries(me.organisations.map((one) => [one.slug, one.role])),
    }
  }
}
