import type { FastifyRequest } from 'fastify'
import type { LogFields } from '../telemetry/logger.ts'
import type { RequestState } from './request-state.ts'
import type { Actor, AnyRoute } from './route.ts'
import { validatePart } from './validate.ts'

const EMPTY = {}
const NO_BYTES = Buffer.alloc(0)

/** What a handler is given: the parts that its schemas let through, and who asks. @throws ServiceError `validation_failed` */
export class HandlerRequest {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
  readonly rawBody: Buffer
  readonly address: string
  readonly #state: RequestState

  constructor(route: AnyRoute, request: FastifyRequest, state: RequestState, address: string) {
    this.address = address
    this.#state = state
    this.params = route.params ? validatePart(route.params, 'params', request.params) : EMPTY
    this.query = route.query ? validatePart(route.query, 'query', request.query) : EMPTY
    this.body = route.body ? validatePart(route.body, 'body', request.body) : undefined
    this.rawBody = route.rawBody && Buffer.isBuffer(request.body) ? request.body : NO_BYTES
  }

  get actor(): Actor | null {
    return this.#state.actor
  }

  get token(): string {
    return this.#state.token
  }

  get correlationId(): string {
    return this.#state.correlationId
  }

  get header(): (name: string) => string | undefined {
    const { headers } = this.#state.request
    return (name) => {
      const value = headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    }
  }

  get signal(): AbortSignal {
    return this.#state.signal
  }

  get note(): (fields: LogFields) => void {
    const state = this.#state
    return (fields) => {
      state.notes = state.notes ? { ...state.notes, ...fields } : fields
    }
  }
}
