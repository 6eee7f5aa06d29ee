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
  /** How long the proxy in front keeps a connection at rest; milliseconds. Default 60,000; 0: nothing is in front. */
  readonly proxyKeepAliveMs: number
  /** How often the first two are enforced; milliseconds. Node's own default, 30 s, would make them 35 and 40 s. */
  readonly checkEveryMs: number
  /** Bytes of a body. Default 1 MiB. */
  readonly bodyBytesMax: number
  /** How deep objects and lists of a body may nest. Default 32. */
  readonly bodyDepthMax: number
  /** Bytes of all headers. Default 16 KiB. */
  readonly headerBytesMax: number
  /** For the work of a request, from its headers to its answer; milliseconds. Default 10,000; a route may say its own. */
  readonly deadlineMs: number
  /** For a caller to fetch an answer that is ready; milliseconds. Default 30,000. */
  readonly answerTimeoutMs: number
}

export const defaultHttpLimits: HttpLimits = {
  headersTimeoutMs: 5000,
  requestTimeoutMs: 10_000,
  keepAliveTimeoutMs: 72_000,
  proxyKeepAliveMs: 60_000,
  checkEveryMs: 500,
  bodyBytesMax: 1_048_576,
  bodyDepthMax: 32,
  headerBytesMax: 16_384,
  deadlineMs: 10_000,
  answerTimeoutMs: 30_000,
}

/**
 * The limits with their defaults.
 * @throws RangeError for a number that is none, or an order in which connections break: a request's limit below its headers',
 * a connection at rest that is closed before the proxy lets go of it
 */
export function httpLimits(given: Partial<HttpLimits> = {}): HttpLimits {
  const limits = { ...defaultHttpLimits, ...given }
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < (name === 'proxyKeepAliveMs' ? 0 : 1))
      throw new RangeError(`limit ${name} is ${value}: expected a whole number from 1`)
  }
  if (limits.requestTimeoutMs < limits.headersTimeoutMs)
    throw new RangeError(
      `requestTimeoutMs ${limits.requestTimeoutMs} is below headersTimeoutMs ${limits.headersTimeoutMs}: headers are a part of the request`,
    )
  if (limits.keepAliveTimeoutMs <= limits.proxyKeepAliveMs)
    throw new RangeError(
      `keepAliveTimeoutMs ${limits.keepAliveTimeoutMs} is not above proxyKeepAliveMs ${limits.proxyKeepAliveMs}: the proxy would send into a connection that is being closed`,
    )
  return limits
}
