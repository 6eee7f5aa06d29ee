import type { ServerResponse } from 'node:http'
import type { Drain } from '../lifecycle/drain.ts'
import type { RequestState } from './request-state.ts'
import { KitResponse, stateOf } from './response.ts'

/** How often requests are looked over for being late; milliseconds. What is late ends this much later at most. */
export const SWEEP_MS = 100

export interface RequestsOptions {
  readonly drain: Drain
  readonly monotonicMs: () => number
  /** How long a caller may take to fetch an answer that is ready; milliseconds. */
  readonly answerTimeoutMs: number
  /** Called once when the request is over, answered or not. */
  readonly ended: (state: RequestState, answered: boolean) => void
  /** Called once when its time is over and it has no answer yet. */
  readonly expired: (state: RequestState) => void
}

/** The requests under way: each begins and ends once, whatever path it takes, and none stays longer than it may. */
export class Requests {
  readonly #options: RequestsOptions
  readonly #inFlight = new Set<RequestState>()
  readonly #over: (this: ServerResponse) => void
  #sweep: NodeJS.Timeout | null = null

  constructor(options: RequestsOptions) {
    this.#options = options
    const over = (response: ServerResponse): void => {
      const state = stateOf(response)
      if (state) this.#end(state)
    }
    this.#over = function (this: ServerResponse) {
      over(this)
    }
  }

  get size(): number {
    return this.#inFlight.size
  }

  begin(state: RequestState): void {
    this.#inFlight.add(state)
    this.#options.drain.entered(state.request.socket)
    state.response.on('close', this.#over)
    // A stand-in for a socket, as in `app.inject`, may never say that it closed.
    if (!(state.response instanceof KitResponse)) state.response.on('finish', this.#over)
    this.#sweep ??= setInterval(() => this.#look(), SWEEP_MS).unref()
  }

  #end(state: RequestState): void {
    if (!this.#inFlight.delete(state)) return
    this.#options.drain.left(state.request.socket)
    this.#options.ended(state, state.response.writableEnded)
  }

  /** From here on the connection of each is closed after its answer. */
  lastOnes(): void {
    for (const state of this.#inFlight) state.closing = true
  }

  /** Stops looking; what is under way ends all the same. */
  close(): void {
    if (this.#sweep) clearInterval(this.#sweep)
  }

  /** Whether the caller has not taken anything of what waits for it for too long. */
  #standsStill(state: RequestState, nowMs: number): boolean {
    const { socket, writableLength } = state.response
    const bytes = socket?.bytesWritten ?? 0
    if (writableLength === 0 || bytes !== state.sentBytes) {
      state.sentBytes = bytes
      state.sentMs = nowMs
    }
    return nowMs - state.sentMs > this.#options.answerTimeoutMs
  }

  #look(): void {
    const nowMs = this.#options.monotonicMs()
    for (const state of this.#inFlight) {
      if (!state.response.headersSent) {
        if (nowMs >= state.expiresMs && !state.expired) {
          state.expired = true
          this.#options.expired(state)
        }
      } else if (state.response.writableEnded) {
        if (state.answeredMs === 0) state.answeredMs = nowMs
        else if (nowMs - state.answeredMs > this.#options.answerTimeoutMs) state.response.destroy()
      } else if (state.streamed && this.#standsStill(state, nowMs)) state.response.destroy()
    }
  }
}
