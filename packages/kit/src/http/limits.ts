/**
 * Time and size limits of the HTTP server. Their order matters: a connection at rest must outlive the proxy's (60 s is
 * usual), or the proxy reuses one that is being closed; headers must be in before the request has to be.
 */
export interface HttpLimits {
  /** For the headers of a request; milliseconds. Default 5,000. */
  readonly headersTimeoutMs: number
  /** For a whole request to arrive; milliseconds. Default 10,000. */
  readonly requestTimeoutMs: number
  /** How long a connection may rest between requests; milliseconds. Default 72,000. */
  readonly keepAliveTimeoutMs: number
  /** How often the first two are enforced; milliseconds. Node's own default, 30 s, would make them 35 and 40 s. */
  readonly checkEveryMs: number
  /** Bytes of a body. Default 1 MiB. */
  readonly bodyBytesMax: number
  /** Bytes of all headers. Default 16 KiB. */
  readonly headerBytesMax: number
}

export const defaultHttpLimits: HttpLimits = {
  headersTimeoutMs: 5000,
  requestTimeoutMs: 10_000,
  keepAliveTimeoutMs: 72_000,
  checkEveryMs: 500,
  bodyBytesMax: 1_048_576,
  headerBytesMax: 16_384,
}
