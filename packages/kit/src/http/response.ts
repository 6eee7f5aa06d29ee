import { type IncomingMessage, type OutgoingHttpHeader, type OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { RequestState } from './request-state.ts'

type GivenHeaders = OutgoingHttpHeaders | OutgoingHttpHeader[]

/**
 * The answer of a kit service: what every answer has, headers of security and correlation among them, is put on where
 * the head is written, so that no path through the framework, its own error answers included, goes without.
 */
export class KitResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  /** Set before the framework sees the request. */
  state: RequestState | null = null

  override writeHead(statusCode: number, reason?: string | GivenHeaders, headers?: GivenHeaders): this {
    const { state } = this
    const given = typeof reason === 'string' ? headers : (reason ?? headers)
    if (state === null || statusCode < 200) return plainHead(this, statusCode, reason, given)
    const all = state.head(statusCode, given)
    return typeof reason === 'string' ? super.writeHead(statusCode, reason, all) : super.writeHead(statusCode, all)
  }
}

function plainHead<R extends ServerResponse>(
  response: R,
  statusCode: number,
  reason: string | GivenHeaders | undefined,
  given: GivenHeaders | undefined,
): R {
  const original = ServerResponse.prototype.writeHead.bind(response)
  if (typeof reason === 'string') original(statusCode, reason, given)
  else original(statusCode, given)
  return response
}

const stateKey = Symbol('greengate.kit.request-state')

/** An answer that did not come from our server, as in `app.inject`, with what `KitResponse` has. */
type Adopted = ServerResponse & { [stateKey]?: RequestState }

/** The state of the request that this answer belongs to, or null before it began. */
export function stateOf(response: ServerResponse): RequestState | null {
  return response instanceof KitResponse ? response.state : ((response as Adopted)[stateKey] ?? null)
}

/** Binds the state to the answer. */
export function bindState(response: ServerResponse, state: RequestState): void {
  if (response instanceof KitResponse) {
    response.state = state
    return
  }
  const adopted = response as Adopted
  const original = adopted.writeHead.bind(adopted)
  adopted[stateKey] = state
  adopted.writeHead = ((statusCode: number, reason?: string | GivenHeaders, headers?: GivenHeaders) => {
    const given = typeof reason === 'string' ? headers : (reason ?? headers)
    const all = state.head(statusCode, given)
    // Not an array here: what stands in for a socket may know objects alone.
    for (let index = 0; index < all.length; index += 2) adopted.setHeader(String(all[index]), all[index + 1] ?? '')
    return original(statusCode)
  }) as typeof adopted.writeHead
}
