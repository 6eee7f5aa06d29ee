export type SafeFetchCode =
  /** Not an absolute address, too long, or with a user name in it. */
  | 'url'
  /** Another scheme than those allowed. */
  | 'scheme'
  /** A port that is not allowed. */
  | 'port'
  /** A host that the lists refuse, or a name that only means something inside. */
  | 'host'
  /** The host is, or resolves to, an address outside of the public internet. */
  | 'address'
  /** The name does not resolve. */
  | 'dns'
  /** A redirect that is not followed: no address, from https to http, or with a body to another origin. */
  | 'redirect'
  | 'too_many_redirects'
  /** More bytes than allowed, as sent or decompressed. */
  | 'too_large'
  /** Compressed in a way that was not asked for, or broken. */
  | 'encoding'
  /** Not done in time. */
  | 'timeout'
  /** The caller's signal, or the end of the request this belongs to. */
  | 'aborted'
  /** Too many at once. */
  | 'busy'
  /** Refused or broken connections, broken TLS, broken HTTP. */
  | 'network'

/**
 * Why an address was not fetched. `url`, `scheme`, `port`, `host`, `address` and `redirect` are the address's fault: tell
 * its owner. The message names no address that was resolved, so that nobody maps the inside by it.
 */
export class SafeFetchError extends Error {
  override readonly name = 'SafeFetchError'
  readonly code: SafeFetchCode

  constructor(code: SafeFetchCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}
