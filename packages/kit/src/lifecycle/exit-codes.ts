/** Exit codes of a service, from sysexits(3), so that whoever starts it can tell a wrong setting from a missing part. */
export const exitCodes = {
  ok: 0,
  /** Something was cut off by the deadline of a stop. */
  cutOff: 1,
  /** Something required did not answer. */
  unavailable: 69,
  /** Nobody expected it. */
  software: 70,
  /** It can't listen where it should. */
  os: 71,
  /** The configuration is wrong. */
  config: 78,
} as const

/** A required part is missing: the start is given up. */
export class StartError extends Error {
  override readonly name = 'StartError'
  readonly code: 'dependency_unavailable' | 'schema_outdated'

  constructor(code: StartError['code'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}
