import { HttpClient, type HttpClientOptions, UpstreamError } from '@greengate/kit/resilience'

/** Below what a person, or a probe of the monitoring, waits for. */
const TIMEOUT_MS = 3000

type Name = 'mail' | 'content'

export interface Connection {
  readonly name: Name
  /** A path of it; what it answers there does not matter, as long as it answers. */
  readonly origin: string
  readonly path: string
}

export interface ConnectionState {
  readonly name: Name
  readonly answers: boolean
  /** Null without an answer. */
  readonly status: number | null
  readonly took_ms: number
}

/**
 * Looks whether others answer, over the way that the work takes to them. With clients of its own: however often somebody looks,
 * the breakers of the work do not count it.
 */
export class Connections {
  readonly #all: readonly { readonly name: Name; readonly path: string; readonly client: HttpClient }[]

  constructor(all: readonly Connection[], options: Pick<HttpClientOptions, 'trace'>) {
    this.#all = all.map(({ name, origin, path }) => ({
      name,
      path,
      client: new HttpClient({
        name,
        origin,
        timeoutMs: TIMEOUT_MS,
        totalTimeoutMs: TIMEOUT_MS,
        connectionsMax: 2,
        waitingMax: 10,
        answerBytesMax: 65_536,
        retry: null,
        breaker: null,
        ...options,
      }),
    }))
  }

  /** Asks all of them at once, for their heads alone. Takes up to 3 s; never throws. */
  look(): Promise<ConnectionState[]> {
    return Promise.all(
      this.#all.map(async ({ name, path, client }) => {
        const startedMs = performance.now()
        const status = await client.request({ method: 'HEAD', path }).then(
          (answer) => answer.status,
          (error: unknown) => (error instanceof UpstreamError ? error.status : null),
        )
        const answers = status !== null && status < 500
        return { name, answers, status, took_ms: Math.round(performance.now() - startedMs) }
      }),
    )
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map(({ client }) => client.close()))
  }
}
