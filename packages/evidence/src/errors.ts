/** Why a piece of evidence is not accepted. Each code has a test of its own. */
export type EvidenceErrorCode =
  /** Not JSON, not UTF-8, or not in a JSON value's domain: undefined, NaN, lone surrogates, cycles, class instances. */
  | 'NOT_JSON'
  /** JSON, but not byte for byte its own canonical encoding: somebody re-encoded it, or a bit flipped. */
  | 'NOT_CANONICAL'
  /** Larger than any honest part of a bundle. */
  | 'TOO_LARGE'
  | 'ENVELOPE_MALFORMED'
  | 'STATEMENT_MALFORMED'
  /** The signature does not belong to these bytes and this key. */
  | 'SIGNATURE_INVALID'
  /** Signed by somebody whom the trust root does not name. */
  | 'KEY_UNKNOWN'
  /** A public key in the bundle is not the one its name says, or not in its one encoding. */
  | 'KEY_MALFORMED'
  | 'BUNDLE_MALFORMED'
  /** Something that the index or the ledger lists is not there. */
  | 'BUNDLE_TRUNCATED'
  /** Something is there that the index does not list, or is listed twice. */
  | 'BUNDLE_FOREIGN'
  /** The index lists the right envelopes in another order than the ledger. */
  | 'BUNDLE_REORDERED'
  /** Bytes do not have the digest under which they are kept. */
  | 'DIGEST_MISMATCH'
  | 'LEDGER_MALFORMED'
  /** The ledger has other entries than the signed checkpoint says, or not those of the index. */
  | 'LEDGER_MISMATCH'
  | 'CHECKPOINT_INVALID'
  /** A checkpoint kept elsewhere contradicts this ledger: it was rewritten, or cut short. */
  | 'ANCHOR_MISMATCH'
  /** About another subject than the bundle, or than the one asked about. */
  | 'SUBJECT_FOREIGN'
  | 'FROM_FUTURE'
  /** Ends before it began, or has a time that is none. */
  | 'TIME_INVALID'
  /** A pass or a fail without an observation to judge again. */
  | 'OBSERVATION_MISSING'
  /** The judge can't read the stored observation or parameters. */
  | 'OBSERVATION_UNREADABLE'
  /** Judged again, the observation gives other aspects, findings or another outcome. */
  | 'JUDGEMENT_DIFFERS'
  /** A pass that nothing shows could have failed: no refutation tried, one missed, or nothing exercised. */
  | 'PASS_UNPROVED'
  /** Not applicable, and no fact says that the object is absent. */
  | 'FACT_MISSING'
  /** There is no judge of this control and version here: it can neither be confirmed nor denied. */
  | 'JUDGE_UNKNOWN'

/** Evidence that can't be trusted, with the place in the bundle. For what a disk or process does there is GreengateError. */
export class EvidenceError extends Error {
  readonly code: EvidenceErrorCode
  /** File in the bundle, or path in the JSON; empty if there is none. */
  readonly where: string

  constructor(code: EvidenceErrorCode, message: string, options: { where?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'EvidenceError'
    this.code = code
    this.where = options.where ?? ''
  }
}

/** Runs `work`; an EvidenceError without a place gets this one. */
export function at<T>(where: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof EvidenceError && error.where === '') {
      throw new EvidenceError(error.code, error.message, { where, cause: error })
    }
    throw error
  }
}
